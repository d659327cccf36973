//! Funnels that are ready to run, and which of them suits a company.

use base::{Currency, Locale};
use funnel::document::FunnelDoc;
use funnel::template::{self, Business, Goal, Reach, Suggestion, Template, TemplateView};
use serde::{Deserialize, Serialize};

use super::FIRST_SLUG;
use crate::{Actor, App, AppError, Result, company::Company, permission::Permission};

/// What a new company begins with.
const FIRST_TEMPLATE: &str = "six-stage";

/// A template with its document.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = FunnelTemplate)]
pub struct WholeTemplate {
    /// What a list shows of it.
    #[serde(flatten)]
    pub view: TemplateView,
    /// The document, in the company's currency, zone and languages.
    pub document: FunnelDoc,
}

/// What a company wants of a funnel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[schema(as = FunnelTemplateWish)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// What the funnel is made for.
    pub goal: Goal,
    /// What the company lives on.
    pub business: Business,
    /// How it reaches people.
    #[serde(default)]
    pub channels: Vec<Reach>,
}

/// A template, and how well it suits.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = SuggestedFunnelTemplate)]
pub struct Suggested {
    /// How well it suits.
    #[serde(flatten)]
    pub suggestion: Suggestion,
    /// What a list shows of it.
    pub view: TemplateView,
}

/// All templates, the simplest first.
pub fn list(actor: &Actor) -> Result<Vec<TemplateView>> {
    actor.may(Permission::FunnelsRead)?;
    template::templates().iter().map(view).collect()
}

/// One template as this company would begin with it.
pub fn get(app: &App, actor: &Actor, id: &str) -> Result<WholeTemplate> {
    actor.may(Permission::FunnelsRead)?;
    let template = named(id)?;
    Ok(WholeTemplate { view: view(template)?, document: start(template, id, &app.company())? })
}

/// All templates, the one that suits best first.
pub fn suggest(actor: &Actor, wish: &Wish) -> Result<Vec<Suggested>> {
    actor.may(Permission::FunnelsRead)?;
    let suggestions = template::suggest(wish.goal, wish.business, &wish.channels).into_iter();
    suggestions.map(|suggestion| Ok(Suggested { view: view(named(&suggestion.template)?)?, suggestion })).collect()
}

/// The template of that id.
pub(super) fn named(id: &str) -> Result<&'static Template> {
    template::template(id).ok_or(AppError::NotFound("template"))
}

/// The funnel that a company begins with.
pub(super) fn first(company: &Company) -> Result<FunnelDoc> {
    start(named(FIRST_TEMPLATE)?, FIRST_SLUG, company)
}

/// A funnel of the company's own, made from a template.
pub(super) fn start(template: &Template, slug: &str, company: &Company) -> Result<FunnelDoc> {
    let (currency, locales): (Currency, Vec<Locale>) = (company.currency, company.locales.clone());
    template.start(slug, currency, &company.timezone, locales).map_err(broken(template))
}

fn view(template: &Template) -> Result<TemplateView> {
    template.view().map_err(broken(template))
}

fn broken(template: &Template) -> impl FnOnce(funnel::document::ReadError) -> AppError {
    let id = template.id;
    move |error| AppError::Internal(format!("the template {id} is damaged: {error}"))
}
