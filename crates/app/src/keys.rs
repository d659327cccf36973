//! API keys.

use std::collections::HashSet;

use arc_swap::ArcSwap;
use base::{Id, Timestamp, id, token};
use serde::Serialize;
use store::Store;
use store::keys::{Key, KeyKind};

use crate::{
    Actor, App, AppError, Result, audit,
    permission::{self, Permission, Role},
    secret,
};

/// Random bytes in a key.
const KEY_BYTES: usize = 24;
/// Letters of a secret key that are shown later, so that people can tell their keys apart.
const SHOWN_CHARS: usize = 8;
const NAME_CHARS_MAX: usize = 80;
const WRITE_PREFIX: &str = "wk_";
const SECRET_PREFIX: &str = "sk_";
const MAIL_PREFIX: &str = "mk_";
/// A key's use is noted at most this often, ms: a note per request would be a write per request.
const NOTE_USE_MS: i64 = 60_000;

/// The keys that may send events, in memory: ingest asks for every request and does no SQL.
#[derive(Debug)]
pub struct WriteKeys(ArcSwap<Admitted>);

#[derive(Debug)]
struct Admitted {
    write: HashSet<String>,
    /// SHA-256 of the secret keys whose role may send events.
    secret: HashSet<[u8; 32]>,
}

impl WriteKeys {
    pub(crate) async fn load(store: &Store) -> Result<Self> {
        Ok(Self(ArcSwap::from_pointee(read_admitted(store).await?)))
    }

    /// A write key that works, for our own pages.
    pub fn any(&self) -> Option<String> {
        self.0.load().write.iter().min().cloned()
    }

    /// Whether a key may send events.
    pub fn admits(&self, key: &str) -> bool {
        let admitted = self.0.load();
        admitted.write.contains(key) || (key.starts_with(SECRET_PREFIX) && admitted.secret.contains(&secret::hash(key)))
    }
}

async fn read_admitted(store: &Store) -> Result<Admitted> {
    let mut admitted = Admitted { write: HashSet::new(), secret: HashSet::new() };
    for key in store::keys::all(store.reader()).await? {
        match key.kind {
            _ if key.revoked_at.is_some() => {}
            KeyKind::Write => drop(admitted.write.insert(key.token_shown)),
            KeyKind::Secret if Permission::EventsWrite.is_of(permission::role(&key.role)?) => {
                admitted.secret.insert(key.token_hash);
            }
            KeyKind::Secret | KeyKind::Mail => {}
        }
    }
    Ok(admitted)
}

/// What is shown of a key.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct KeyView {
    /// Its id.
    pub id: Id<id::Key>,
    /// What it is for.
    pub name: String,
    /// `write`, `secret` or `mail`.
    #[schema(schema_with = crate::schema::key_kind)]
    pub kind: &'static str,
    /// The whole write key; the first letters of any other.
    pub shown: String,
    /// Whose permissions a secret key has.
    #[schema(value_type = Role)]
    pub role: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    #[schema(required)]
    pub used_at: Option<Timestamp>,
    /// Since when it works no longer.
    #[schema(required)]
    pub revoked_at: Option<Timestamp>,
}

impl From<Key> for KeyView {
    fn from(key: Key) -> Self {
        Self {
            id: key.id,
            name: key.name,
            kind: key.kind.as_str(),
            shown: key.token_shown,
            role: key.role,
            created_at: key.created_at,
            used_at: key.used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// A new key. The whole key is known now and never again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NewKey {
    /// The key as it will be listed.
    #[serde(flatten)]
    pub view: KeyView,
    /// The whole key.
    pub token: String,
}

/// All keys.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<KeyView>> {
    actor.may(Permission::SettingsWrite)?;
    Ok(store::keys::all(app.store.reader()).await?.into_iter().map(KeyView::from).collect())
}

/// Make a key. A secret key never has more rights than an admin.
pub async fn create(app: &App, actor: &Actor, name: &str, kind: KeyKind, role: Role) -> Result<NewKey> {
    actor.may(Permission::SettingsWrite)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        let message = format!("say in 1 to {NAME_CHARS_MAX} characters what the key is for");
        return Err(AppError::invalid("name", "length", message));
    }
    if role == Role::Owner {
        return Err(AppError::invalid("role", "too_much", "a key cannot be the owner: choose admin or less"));
    }
    let prefix = match kind {
        KeyKind::Write => WRITE_PREFIX,
        KeyKind::Secret => SECRET_PREFIX,
        KeyKind::Mail => MAIL_PREFIX,
    };
    let whole = format!("{prefix}{}", token(&*app.random, KEY_BYTES));
    let shown = match kind {
        KeyKind::Write => whole.clone(),
        KeyKind::Secret | KeyKind::Mail => whole.chars().take(SHOWN_CHARS).collect(),
    };
    let key = Key {
        id: app.new_id(),
        name: name.to_owned(),
        kind,
        token_hash: secret::hash(&whole),
        token_shown: shown,
        role: role.as_str().to_owned(),
        created_at: app.now(),
        used_at: None,
        revoked_at: None,
    };
    let tx = app.store.begin().await?;
    store::keys::insert(&tx, &key).await?;
    audit::record(app, &tx, actor, "key.create", key.id, serde_json::json!({"name": name})).await?;
    tx.commit().await?;
    refresh(app).await?;
    Ok(NewKey { view: key.into(), token: whole })
}

/// Let a key work no longer.
pub async fn revoke(app: &App, actor: &Actor, id: Id<id::Key>) -> Result<()> {
    actor.may(Permission::SettingsWrite)?;
    let tx = app.store.begin().await?;
    if !store::keys::revoke(&tx, id, app.now()).await? {
        return Err(AppError::NotFound("working key"));
    }
    audit::record(app, &tx, actor, "key.revoke", id, serde_json::Value::Null).await?;
    tx.commit().await?;
    refresh(app).await
}

async fn refresh(app: &App) -> Result<()> {
    app.write_keys.0.store(read_admitted(&app.store).await?.into());
    Ok(())
}

/// The actor behind a secret key, or behind one that delivers mail.
pub async fn authenticate(app: &App, key: &str) -> Result<Actor> {
    let found = store::keys::find_active(app.store.reader(), secret::hash(key)).await?;
    let key = found.filter(|key| key.kind != KeyKind::Write).ok_or(AppError::Unauthenticated)?;
    let is_noted = key.used_at.is_some_and(|used_at| app.now().ms() - used_at.ms() < NOTE_USE_MS);
    if !is_noted {
        let tx = app.store.begin().await?;
        store::keys::note_used(&tx, key.id, app.now()).await?;
        tx.commit().await?;
    }
    match key.kind {
        KeyKind::Mail => Ok(Actor::postman(key.id)),
        _ => Ok(Actor::key(key.id, permission::role(&key.role)?)),
    }
}
