//! The configuration: defaults, then the file, then the environment, then the command line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use serde::Deserialize;

use crate::cli::{DataArgs, ListenArgs};

/// What an operator can set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// PostgreSQL address; without it the state is in SQLite in the data folder.
    pub database_url: Option<String>,
    /// Days that events are kept; for good without it. What is older is removed once a day.
    pub retention_days: Option<u32>,
    /// Proxies in front of the program whose X-Forwarded-For is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8080,
            database_url: None,
            retention_days: None,
            trusted_proxies: Vec::new(),
        }
    }
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the configuration cannot be used: {0}")]
pub struct ConfigError(#[from] config::ConfigError);

impl Config {
    /// Read the file that the command line names, or `config.toml` in the data folder.
    pub fn read(data: &DataArgs) -> Result<Self, ConfigError> {
        let builder = match &data.config {
            Some(file) => with_file(file, true),
            None => with_file(&data.data.join("config.toml"), false),
        };
        let environment = config::Environment::with_prefix("SUPPILO")
            .try_parsing(true)
            .source(Some(database_url_only(std::env::vars())));
        Ok(builder.add_source(environment).build()?.try_deserialize()?)
    }

    /// What the command line says goes before everything else.
    pub fn listening(self, listen: &ListenArgs) -> Self {
        let retention_days = listen.retention_days.or(self.retention_days);
        Self { host: listen.host.unwrap_or(self.host), port: listen.port.unwrap_or(self.port), retention_days, ..self }
    }
}

fn with_file(file: &Path, is_required: bool) -> config::ConfigBuilder<config::builder::DefaultState> {
    let source = config::File::from(file).format(config::FileFormat::Toml).required(is_required);
    config::Config::builder().add_source(source)
}

/// Of the environment only the address of the database is ours to read here: it holds a password, which
/// does not belong on a command line. The rest of `SUPPILO_*` is read by the command line's parser.
fn database_url_only(variables: impl Iterator<Item = (String, String)>) -> std::collections::HashMap<String, String> {
    variables.filter(|(name, _)| name == "SUPPILO_DATABASE_URL").collect()
}
