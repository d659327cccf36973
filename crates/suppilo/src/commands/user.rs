//! `suppilo user`: those who log in, from the machine itself.

use app::accounts::{self, NewUser, UserChange};
use app::permission;
use app::{Actor, AppError};

use super::Failure;
use crate::cli::{UserArgs, UserCommand};
use crate::config::Config;
use crate::installation::{self, Outside};

/// Carry out `suppilo user …`.
pub async fn run(args: UserArgs) -> Result<(), Failure> {
    let config = Config::read(&args.data)?;
    let app = installation::open(&args.data.data, &config, Outside::default()).await?;
    let done = act(&app, args.command).await;
    installation::close(&app).await?;
    done
}

async fn act(app: &app::App, command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::List => {
            for user in accounts::list(app, &Actor::SYSTEM).await? {
                let state = if user.is_active { "" } else { "  (shut out)" };
                println!("{}  {:8}  {}  {}{state}", user.id, user.role.as_str(), user.email, user.name);
            }
        }
        UserCommand::Add { email, name, role, locale } => {
            let request = NewUser { name, email, password: read_password()?, role: permission::role(&role)?, locale };
            let user = accounts::create(app, &Actor::SYSTEM, request).await?;
            println!("{}", user.id);
        }
        UserCommand::Password { email } => {
            let users = accounts::list(app, &Actor::SYSTEM).await?;
            let user = users.into_iter().find(|user| user.email.as_str() == email.to_lowercase());
            let user = user.ok_or(AppError::NotFound("user"))?;
            let change = UserChange { password: Some(read_password()?), ..UserChange::default() };
            accounts::update(app, &Actor::SYSTEM, user.id, change).await?;
            println!("the password is set, and {email} is logged out everywhere");
        }
    }
    Ok(())
}

/// From standard input, so that it stands in no history and in no list of processes.
fn read_password() -> Result<String, Failure> {
    eprintln!("password, then Enter:");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
