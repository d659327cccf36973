//! Templates: funnels that are ready to run, shipped with the program. Each is a document like any other, under
//! `templates/`, with its texts in the five languages of [`crate::format::Language`].

mod list;
mod suggest;

use base::{Currency, Locale};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::document::{FunnelDoc, ReadError, usual_channels};
use crate::localized::Localized;

pub use suggest::{Suggestion, suggest};

/// What a funnel is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelTemplateGoal)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Bring leads to salespeople.
    Leads,
    /// Sell without salespeople.
    SellOnline,
    /// Sell by talking.
    SellInPerson,
    /// Bring customers back.
    Repeat,
    /// Fill an event.
    Event,
    /// Launch a product or a season.
    Launch,
    /// Make readers of strangers.
    Traffic,
}

/// What a company lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelTemplateBusiness)]
#[serde(rename_all = "snake_case")]
pub enum Business {
    /// Courses, books, memberships.
    InformationProducts,
    /// Shops, salons, cafés.
    Retail,
    /// Shops on the web.
    Ecommerce,
    /// Sales from company to company.
    B2b,
    /// Sales to those who sell on.
    Wholesale,
    /// Advice, care, crafts.
    Services,
}

/// How a company reaches people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelTemplateReach)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Paid ads on the web.
    Ads,
    /// Search engines and articles.
    Search,
    /// Social media.
    Social,
    /// Mail.
    Email,
    /// Telephone.
    Phone,
    /// A shop or office that people come to.
    Store,
    /// Fairs, seminars, webinars.
    Events,
}

/// A funnel that is ready to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Its id, which the documents made from it name under `template`.
    pub id: &'static str,
    /// What it is made for.
    pub goals: &'static [Goal],
    /// Whom it suits.
    pub businesses: &'static [Business],
    /// How people are reached in it.
    pub reach: &'static [Reach],
    yaml: &'static str,
}

/// A template as a list shows it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = FunnelTemplateView)]
pub struct TemplateView {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub title: Localized,
    /// What it is for.
    pub description: Localized,
    /// What it is made for.
    pub goals: Vec<Goal>,
    /// Whom it suits.
    pub businesses: Vec<Business>,
    /// How people are reached in it.
    pub reach: Vec<Reach>,
    /// The names of its stages, in order.
    pub stages: Vec<Localized>,
}

/// All templates, the simplest first.
pub fn templates() -> &'static [Template] {
    list::ALL
}

/// The template of that id.
pub fn template(id: &str) -> Option<&'static Template> {
    list::ALL.iter().find(|template| template.id == id)
}

impl Template {
    /// Its document as it is shipped.
    ///
    /// # Errors
    /// None in a build whose tests pass.
    pub fn document(&self) -> Result<FunnelDoc, ReadError> {
        FunnelDoc::from_yaml(self.yaml)
    }

    /// The text that it is shipped as.
    pub fn yaml(&self) -> &'static str {
        self.yaml
    }

    /// What a list shows of it.
    ///
    /// # Errors
    /// As [`Template::document`].
    pub fn view(&self) -> Result<TemplateView, ReadError> {
        let doc = self.document()?;
        Ok(TemplateView {
            id: self.id.to_owned(),
            title: doc.title,
            description: doc.description,
            goals: self.goals.to_vec(),
            businesses: self.businesses.to_vec(),
            reach: self.reach.to_vec(),
            stages: doc.stages.into_iter().map(|stage| stage.name).collect(),
        })
    }

    /// A funnel of a company's own, made from it: with its id, currency, zone and languages, and the channels that most
    /// companies have.
    ///
    /// # Errors
    /// As [`Template::document`].
    pub fn start(
        &self,
        id: &str,
        currency: Currency,
        timezone: &str,
        locales: Vec<Locale>,
    ) -> Result<FunnelDoc, ReadError> {
        let doc = self.document()?;
        Ok(FunnelDoc {
            id: id.to_owned(),
            currency,
            timezone: timezone.to_owned(),
            locales,
            channels: usual_channels(),
            ..doc
        })
    }
}

#[cfg(test)]
mod tests;
