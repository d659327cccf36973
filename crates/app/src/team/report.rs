//! The report: a row for each person.

use std::collections::BTreeMap;

use base::{Id, Money, Timestamp, id};
use funnel::deal::DealStatus;
use funnel::localized::Localized;
use insight::owners::Visits;
use serde::{Deserialize, Serialize};
use store::activities::Kind;
use store::assignments::Assignment;
use store::deals::Scope;
use store::funnels::Funnel;
use store::team::{Asked, DealSum};
use store::users::User;

use super::answers::answers;
use super::steps::{Owner, Steps, steps};
use super::{Answers, TeamStep};
use crate::{Actor, App, AppError, Result, deals, permission::Permission};

/// The time that is looked at when none is named, ms.
const SPAN_MS: i64 = 30 * 24 * 3600 * 1000;
/// The longest time that is asked for, ms: some three years.
const SPAN_MS_MAX: i64 = 1100 * 24 * 3600 * 1000;
/// Deals given to people that are looked at, newest first.
const GIVEN_MAX: u64 = 200_000;

/// Which time, and which people.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct TeamQuery {
    /// From this moment on; 30 days before the end when absent.
    pub from: Option<Timestamp>,
    /// Before this one; until now when absent.
    pub to: Option<Timestamp>,
    /// The funnel whose steps are shown, and whose deals are counted; the first one when absent.
    pub funnel: Option<Id<id::Funnel>>,
    /// A team, `tea_…`; everybody when absent.
    pub team: Option<Id<id::Team>>,
}

/// A stage of the funnel.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TeamStage {
    pub id: String,
    pub name: Localized,
}

/// What somebody did, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
#[schema(as = TeamActivity)]
pub struct Activity {
    /// Calls and notes that they wrote down.
    pub calls: u64,
    pub notes: u64,
    /// Meetings of theirs that were held.
    pub meetings: u64,
    /// Tasks of theirs that were done.
    pub tasks: u64,
}

/// The numbers of one person, or of all together.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TeamFigures {
    /// One for each stage of the funnel.
    pub steps: Vec<TeamStep>,
    /// Deals made in the time.
    pub made: u64,
    /// Deals won in the time, and what they brought, one amount for each currency.
    pub won: u64,
    pub won_values: Vec<Money>,
    pub lost: u64,
    /// Won, of those won or lost, with its 95 % interval; none when there were none.
    #[schema(required)]
    pub win_share: Option<f64>,
    pub win_low: f64,
    pub win_high: f64,
    pub activity: Activity,
    /// Scripts that they went through to the end.
    pub scripts: u64,
    pub answers: Answers,
    /// Open deals now, and what they may bring.
    pub open: u64,
    pub open_values: Vec<Money>,
    /// Tasks whose time is over now.
    pub overdue: u64,
}

/// The row of one person.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TeamRow {
    /// Nobody when absent: deals that nobody has.
    #[schema(required)]
    pub user_id: Option<Id<id::User>>,
    /// What they are called; empty for nobody.
    pub name: String,
    #[serde(flatten)]
    pub figures: TeamFigures,
}

/// What each person did and reached in a time.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TeamReport {
    pub funnel_id: Id<id::Funnel>,
    pub stages: Vec<TeamStage>,
    /// Those who have most deals won come first.
    pub rows: Vec<TeamRow>,
    /// All rows together.
    pub total: TeamFigures,
}

/// What each person did and reached in a time. A rep sees the own row.
pub async fn report(app: &App, actor: &Actor, query: TeamQuery) -> Result<TeamReport> {
    actor.may(Permission::InsightsRead)?;
    actor.may(Permission::DealsRead)?;
    let to = query.to.unwrap_or_else(|| app.now().plus_ms(1));
    let from = query.from.unwrap_or_else(|| to.plus_ms(-SPAN_MS));
    if !(1..=SPAN_MS_MAX).contains(&(to.ms() - from.ms())) {
        return Err(AppError::invalid("to", "range", "choose a time that ends after it begins, at most three years"));
    }
    let rules = app.running.rules();
    let found = match query.funnel {
        Some(id) => rules.funnels.iter().find(|funnel| funnel.id == id),
        None => rules.funnels.first(),
    };
    let funnel = found.ok_or(AppError::NotFound("funnel"))?;
    let scope = deals::scope(actor);
    let wanted = people_of(app, query.team).await?;
    let read = Read::of(app, scope, funnel, from, to).await?;
    let users = store::users::all(app.store.reader()).await?;
    let mut rows: Vec<TeamRow> = shown(&users, scope, wanted.as_deref(), &read)
        .into_iter()
        .map(|(user_id, name)| TeamRow { user_id, name, figures: read.figures(funnel, &[user_id]) })
        .collect();
    rows.sort_by(|one, other| (other.figures.won, &one.name).cmp(&(one.figures.won, &other.name)));
    // Nobody comes last.
    rows.sort_by_key(|row| row.user_id.is_none());
    let everybody: Vec<Owner> = rows.iter().map(|row| row.user_id).collect();
    let stages = funnel.doc.stages.iter();
    Ok(TeamReport {
        funnel_id: funnel.id,
        stages: stages.map(|stage| TeamStage { id: stage.id.0.clone(), name: stage.name.clone() }).collect(),
        total: read.figures(funnel, &everybody),
        rows,
    })
}

/// The members of a team; none for everybody.
pub(crate) async fn people_of(app: &App, team: Option<Id<id::Team>>) -> Result<Option<Vec<Id<id::User>>>> {
    let Some(id) = team else { return Ok(None) };
    let team = store::teams::find(app.store.reader(), id).await?;
    let unknown = || AppError::invalid("team", "unknown", "there is no such team: choose another");
    Ok(Some(team.ok_or_else(unknown)?.members))
}

/// Who has a row: whoever works on deals, and everybody else of whom there is something to tell.
fn shown(users: &[User], scope: Scope, wanted: Option<&[Id<id::User>]>, read: &Read) -> Vec<(Owner, String)> {
    let is_wanted = |id: &Id<id::User>| match scope {
        Scope::All => wanted.is_none_or(|wanted| wanted.contains(id)),
        Scope::Own(own) => own == *id,
        Scope::Nothing => false,
    };
    let works = |user: &&User| (user.role == "rep" && user.is_active) || read.knows(Some(user.id));
    let of_team = |user: &&User| wanted.is_some() || matches!(scope, Scope::Own(_)) || works(user);
    let mut rows: Vec<(Owner, String)> = users
        .iter()
        .filter(|user| is_wanted(&user.id))
        .filter(of_team)
        .map(|user| (Some(user.id), user.name.clone()))
        .collect();
    if scope == Scope::All && wanted.is_none() && read.knows(None) {
        rows.push((None, String::new()));
    }
    rows
}

/// All that was read for a report, by user.
struct Read {
    steps: Steps,
    made: Vec<DealSum>,
    closed: Vec<DealSum>,
    open: Vec<DealSum>,
    done: Vec<store::team::Done>,
    overdue: std::collections::HashMap<Id<id::User>, u64>,
    scripts: BTreeMap<Id<id::User>, u64>,
    given: Vec<Assignment>,
}

impl Read {
    async fn of(app: &App, scope: Scope, funnel: &Funnel, from: Timestamp, to: Timestamp) -> Result<Self> {
        let conn = app.store.reader();
        let which = Asked { scope, funnel_id: Some(funnel.id), channels: &[] };
        let user = match scope {
            Scope::Own(user) => Some(user),
            Scope::All | Scope::Nothing => None,
        };
        Ok(Self {
            steps: steps(app, scope, funnel, from, to).await?,
            made: store::team::made(conn, which, from, to).await?,
            closed: store::team::closed(conn, which, from, to).await?,
            open: store::team::open(conn, which).await?,
            done: store::team::done(conn, from, to).await?,
            overdue: store::team::overdue(conn, app.now()).await?,
            scripts: store::team::scripts(conn, from, to).await?,
            given: store::assignments::given_between(conn, user, funnel.id, from, to, GIVEN_MAX).await?,
        })
    }

    /// Whether there is anything to tell of somebody's deals and work.
    fn knows(&self, user: Owner) -> bool {
        let has_deals = |sums: &[DealSum]| sums.iter().any(|sum| sum.owner_id == user);
        has_deals(&self.made)
            || has_deals(&self.closed)
            || has_deals(&self.open)
            || self.steps.keys().any(|(owner, _)| *owner == user)
            || self.done.iter().any(|done| Some(done.user_id) == user)
            || self.given.iter().any(|given| Some(given.user_id) == user)
    }

    fn figures(&self, funnel: &Funnel, people: &[Owner]) -> TeamFigures {
        let is_asked = |owner: Owner| people.contains(&owner);
        let of_people = |sums: &[DealSum], status: Option<DealStatus>| {
            let fits = |sum: &&DealSum| is_asked(sum.owner_id) && status.is_none_or(|status| sum.status == status);
            let mut count = 0;
            let mut values: Vec<Money> = Vec::new();
            for sum in sums.iter().filter(fits) {
                count += sum.count;
                match values.iter_mut().find(|known| known.currency == sum.value.currency) {
                    Some(known) => known.minor = known.minor.saturating_add(sum.value.minor),
                    None => values.push(sum.value),
                }
            }
            values.retain(|value| value.minor != 0);
            (count, values)
        };
        let step = |(index, stage): (usize, &funnel::document::Stage)| {
            let own = self.steps.iter().filter(|((owner, place), _)| *place == index && is_asked(*owner));
            TeamStep::of(stage.id.0.clone(), own.fold(Visits::default(), |sum, (_, visits)| sum.plus(*visits)))
        };
        let counted = |kind: Kind| {
            let fits = |done: &&store::team::Done| done.kind == kind && is_asked(Some(done.user_id));
            self.done.iter().filter(fits).map(|done| done.count).sum()
        };
        let (won, won_values) = of_people(&self.closed, Some(DealStatus::Won));
        let (lost, _) = of_people(&self.closed, Some(DealStatus::Lost));
        let (open, open_values) = of_people(&self.open, None);
        let (win_low, win_high) = insight::stats::wilson_95(won, won + lost);
        TeamFigures {
            steps: funnel.doc.stages.iter().enumerate().map(step).collect(),
            made: of_people(&self.made, None).0,
            won,
            won_values,
            lost,
            win_share: (won + lost > 0).then(|| won as f64 / (won + lost) as f64),
            win_low,
            win_high,
            activity: Activity {
                calls: counted(Kind::Call),
                notes: counted(Kind::Note),
                meetings: counted(Kind::Meeting),
                tasks: counted(Kind::Task),
            },
            scripts: people.iter().flatten().filter_map(|user| self.scripts.get(user)).sum(),
            answers: answers(self.given.iter().filter(|given| is_asked(Some(given.user_id)))),
            open,
            open_values,
            overdue: people.iter().flatten().filter_map(|user| self.overdue.get(user)).sum(),
        }
    }
}
