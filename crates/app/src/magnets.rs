//! Lead magnets: what people give their address for, and how they get it.

use base::{Id, Timestamp, id};
use events::PersonKey;
use serde::{Deserialize, Serialize};
use store::magnets::{Gift, Magnet};

use crate::{
    Actor, App, AppError, FieldProblem, Result, audit, contacts,
    facts::{self, Fact},
    links,
    permission::Permission,
};

const NAME_CHARS_MAX: usize = 120;
const CODE_CHARS_MAX: usize = 200;
const URL_BYTES_MAX: usize = 2000;

/// A lead magnet.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MagnetView {
    pub id: Id<id::Magnet>,
    pub name: String,
    #[serde(flatten)]
    pub gift: GiftView,
    /// Times it was downloaded by people.
    pub downloads: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What is handed over.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GiftView {
    /// An uploaded file, by a link that expires.
    File { file_id: Id<id::File> },
    /// A code, written in the mail.
    Code { code: String },
    /// An address on the web, reached through a link of ours that expires.
    Url { url: String },
}

/// A magnet to be, or what it becomes.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct MagnetRequest {
    pub name: String,
    #[serde(flatten)]
    pub gift: GiftView,
}

impl From<Magnet> for MagnetView {
    fn from(magnet: Magnet) -> Self {
        let gift = match magnet.gift {
            Gift::File(file_id) => GiftView::File { file_id },
            Gift::Code(code) => GiftView::Code { code },
            Gift::Url(url) => GiftView::Url { url },
        };
        Self {
            id: magnet.id,
            name: magnet.name,
            gift,
            downloads: magnet.downloads,
            created_at: magnet.created_at,
            updated_at: magnet.updated_at,
        }
    }
}

/// All magnets.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<MagnetView>> {
    actor.may(Permission::PagesRead)?;
    Ok(store::magnets::all(app.store.reader()).await?.into_iter().map(MagnetView::from).collect())
}

async fn checked(app: &App, request: MagnetRequest) -> Result<(String, Gift)> {
    let mut problems = Vec::new();
    let name = request.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        let message = format!("write a name of 1 to {NAME_CHARS_MAX} characters");
        problems.push(FieldProblem::new("name", "length", message));
    }
    let gift = match request.gift {
        GiftView::File { file_id } => {
            if store::files::find(app.store.reader(), file_id).await?.is_none() {
                problems.push(FieldProblem::new("file_id", "missing", "upload the file first"));
            }
            Gift::File(file_id)
        }
        GiftView::Code { code } => {
            let code = code.trim().to_owned();
            if code.is_empty() || code.chars().count() > CODE_CHARS_MAX {
                let message = format!("write a code of 1 to {CODE_CHARS_MAX} characters");
                problems.push(FieldProblem::new("code", "length", message));
            }
            Gift::Code(code)
        }
        GiftView::Url { url } => {
            let is_web = url::Url::parse(&url).is_ok_and(|parsed| matches!(parsed.scheme(), "http" | "https"));
            if !is_web || url.len() > URL_BYTES_MAX {
                let message = "write a whole address, such as https://www.example.no/guide";
                problems.push(FieldProblem::new("url", "url", message));
            }
            Gift::Url(url)
        }
    };
    if problems.is_empty() { Ok((name, gift)) } else { Err(AppError::Invalid(problems)) }
}

/// Add a magnet.
pub async fn create(app: &App, actor: &Actor, request: MagnetRequest) -> Result<MagnetView> {
    actor.may(Permission::PagesWrite)?;
    let (name, gift) = checked(app, request).await?;
    let magnet = Magnet { id: app.new_id(), name, gift, downloads: 0, created_at: app.now(), updated_at: app.now() };
    let tx = app.store.begin().await?;
    store::magnets::insert(&tx, &magnet).await?;
    audit::record(app, &tx, actor, "magnet.create", magnet.id, serde_json::Value::Null).await?;
    tx.commit().await?;
    Ok(magnet.into())
}

/// Change a magnet.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Magnet>, request: MagnetRequest) -> Result<MagnetView> {
    actor.may(Permission::PagesWrite)?;
    let (name, gift) = checked(app, request).await?;
    let tx = app.store.begin().await?;
    let magnet = store::magnets::find(&tx, id).await?.ok_or(AppError::NotFound("lead magnet"))?;
    let magnet = Magnet { name, gift, updated_at: app.now(), ..magnet };
    store::magnets::update(&tx, &magnet).await?;
    audit::record(app, &tx, actor, "magnet.update", id, serde_json::Value::Null).await?;
    tx.commit().await?;
    Ok(magnet.into())
}

/// Remove a magnet; forms that name it deliver nothing any more.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::Magnet>) -> Result<()> {
    actor.may(Permission::PagesWrite)?;
    let tx = app.store.begin().await?;
    if !store::magnets::delete(&tx, id).await? {
        return Err(AppError::NotFound("lead magnet"));
    }
    audit::record(app, &tx, actor, "magnet.delete", id, serde_json::Value::Null).await?;
    tx.commit().await?;
    Ok(())
}

/// Whoever has the link hands over the magnet.
///
/// Opening the link shows that the mailbox is theirs, so the browser joins the contact. Programs that open
/// every link in a mail get the file too (refusing them loses real readers) and are not counted.
pub async fn download(app: &App, signed: &str, visitor: Option<&PersonKey>, is_robot: bool) -> Result<Gift> {
    let (magnet_id, contact_id) = links::open::<id::Magnet>(app, links::Link::Download, signed)?;
    let magnet = store::magnets::find(app.store.reader(), magnet_id).await?.ok_or(AppError::NotFound("lead magnet"))?;
    if is_robot {
        return Ok(magnet.gift);
    }
    let tx = app.store.begin().await?;
    contacts::verify_email(app, &tx, contact_id, visitor).await?;
    store::magnets::count_download(&tx, magnet_id).await?;
    let fact = Fact::new("Lead Magnet Downloaded", app.now(), &PersonKey::contact(&contact_id))
        .with("magnet", magnet.id.to_string())
        .with("name", magnet.name.as_str());
    facts::record(app, &tx, fact).await?;
    tx.commit().await?;
    facts::relay(app).await?;
    app.bell.ring();
    Ok(magnet.gift)
}
