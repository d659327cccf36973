//! Users, logins and the first run.

use base::{Email, Id, Locale, Timestamp, id, token};
use serde::{Deserialize, Serialize};
use store::sessions::Session;
use store::users::User;

use crate::{
    Actor, App, AppError, FieldProblem, Result, audit,
    company::{self, Company},
    funnels,
    permission::{self, Permission, Role},
    secret,
};

mod password;

pub use password::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};

/// A login ends after this long without use, ms.
const SESSION_IDLE_MS: i64 = 14 * 24 * 3600 * 1000;
/// Wrong passwords before an account is locked.
const FAILED_LOGINS_MAX: i64 = 10;
/// How long it is locked, ms.
const LOCK_MS: i64 = 15 * 60 * 1000;
/// A login's use is noted at most this often, ms.
const TOUCH_MS: i64 = 5 * 60 * 1000;
const TOKEN_BYTES: usize = 32;
const NAME_CHARS_MAX: usize = 120;

/// What is shown of a user.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct UserView {
    /// Its id.
    pub id: Id<id::User>,
    /// What to call them.
    pub name: String,
    /// The address they log in with.
    pub email: Email,
    /// What they are.
    pub role: Role,
    /// The language they read.
    pub locale: Locale,
    /// Whether they may log in.
    pub is_active: bool,
    /// Since when they are here.
    pub created_at: Timestamp,
}

impl TryFrom<User> for UserView {
    type Error = AppError;

    fn try_from(user: User) -> Result<Self> {
        Ok(Self {
            id: user.id,
            role: permission::role(&user.role)?,
            name: user.name,
            email: user.email,
            locale: user.locale,
            is_active: user.is_active,
            created_at: user.created_at,
        })
    }
}

/// What a new login gives to the browser.
pub struct Login {
    /// The cookie's value.
    pub token: String,
    /// What changing requests repeat.
    pub csrf_token: String,
    /// Who it is.
    pub user: UserView,
}

/// Who is behind a cookie.
pub struct Authenticated {
    /// Who asks.
    pub actor: Actor,
    /// What changing requests must repeat.
    pub csrf_token: String,
    /// Who it is.
    pub user: UserView,
    session_id: Id<id::Session>,
}

/// What the first-run page asks.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The company's name.
    pub company: String,
    /// The owner's name.
    pub name: String,
    /// The owner's address.
    pub email: String,
    /// The owner's password.
    pub password: String,
    /// The owner's language and the company's first one.
    pub locale: Locale,
    /// What reports count in.
    pub currency: base::Currency,
    /// The zone that days begin in.
    pub timezone: String,
}

/// A user to be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What to call them.
    pub name: String,
    /// The address they log in with.
    pub email: String,
    /// Their first password.
    pub password: String,
    /// What they are.
    pub role: Role,
    /// The language they read.
    pub locale: Locale,
}

/// Whether nobody has set the company up yet.
pub async fn is_setup_required(app: &App) -> Result<bool> {
    Ok(store::users::count(app.store.reader()).await? == 0)
}

/// Create the owner and the company: possible once, while there is no user.
pub async fn set_up(app: &App, setup: Setup) -> Result<Login> {
    let company = Company {
        name: setup.company.trim().to_owned(),
        currency: setup.currency,
        timezone: setup.timezone.clone(),
        locales: vec![setup.locale.clone()],
        ..(*app.company()).clone()
    };
    let renamed = |problem: FieldProblem| match problem.field.as_str() {
        "name" => FieldProblem { field: "company".to_owned(), ..problem },
        _ => problem,
    };
    let mut problems: Vec<FieldProblem> = company.problems().into_iter().map(renamed).collect();
    let request = NewUser {
        name: setup.name,
        email: setup.email,
        password: setup.password,
        role: Role::Owner,
        locale: setup.locale,
    };
    let user = checked_user(app, &request, &mut problems).await?;
    let tx = app.store.begin().await?;
    // Counted inside the transaction: two first-run pages sent at once make one owner.
    if store::users::count(&tx).await? > 0 {
        return Err(AppError::conflict("already_set_up", "this installation has an owner: log in instead"));
    }
    store::users::insert(&tx, &user).await?;
    company::save(app, &tx, &company).await?;
    let login = begin_session(app, &tx, user.clone()).await?;
    let actor = login_actor(&login);
    funnels::create_first(app, &tx, &company, &actor).await?;
    audit::record(app, &tx, &actor, "company.set_up", user.id, serde_json::Value::Null).await?;
    tx.commit().await?;
    app.set_company(company);
    crate::site::refresh(app).await?;
    funnels::refresh(app).await?;
    Ok(login)
}

fn login_actor(login: &Login) -> Actor {
    Actor::user(login.user.id, login.user.role)
}

/// Check a request for a user; all that is wrong with it is answered at once.
async fn checked_user(app: &App, request: &NewUser, problems: &mut Vec<FieldProblem>) -> Result<User> {
    let name = request.name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        let message = format!("write a name of 1 to {NAME_CHARS_MAX} characters");
        problems.push(FieldProblem::new("name", "length", message));
    }
    let email = request.email.parse::<Email>();
    if let Err(error) = &email {
        problems.push(FieldProblem::new("email", "email", error.to_string()));
    }
    if let Err(problem) = password::check(&request.password) {
        problems.push(problem);
    }
    match email {
        Ok(email) if problems.is_empty() => Ok(User {
            id: app.new_id(),
            email,
            name: name.to_owned(),
            role: request.role.as_str().to_owned(),
            locale: request.locale.clone(),
            password_hash: password::hash(app, request.password.clone()).await?,
            is_active: true,
            failed_logins: 0,
            locked_until: None,
            created_at: app.now(),
        }),
        _ => Err(AppError::Invalid(std::mem::take(problems))),
    }
}

/// Log in. The answer to a wrong address and to a wrong password is the same, and takes as long.
pub async fn log_in(app: &App, email: &str, password: &str) -> Result<Login> {
    let user = match email.parse::<Email>() {
        Ok(email) => store::users::find_by_email(app.store.reader(), &email).await?,
        Err(_) => None,
    };
    let Some(user) = user.filter(|user| user.is_active) else {
        password::verify_nothing(app, password.to_owned()).await?;
        return Err(wrong_login());
    };
    if let Some(until) = user.locked_until.filter(|until| *until > app.now()) {
        let left_ms = until.ms() - app.now().ms();
        return Err(AppError::TooMany { retry_after_s: u64::try_from(left_ms / 1000 + 1).unwrap_or(1) });
    }
    if !password::verify(user.password_hash.clone(), password.to_owned()).await? {
        note_wrong_password(app, user.id).await?;
        return Err(wrong_login());
    }
    let user = User { failed_logins: 0, locked_until: None, ..user };
    let tx = app.store.begin().await?;
    store::users::update(&tx, &user).await?;
    let login = begin_session(app, &tx, user).await?;
    tx.commit().await?;
    Ok(login)
}

fn wrong_login() -> AppError {
    AppError::Conflict { code: "wrong_login", detail: "the e-mail address or the password is wrong".to_owned() }
}

async fn note_wrong_password(app: &App, id: Id<id::User>) -> Result<()> {
    let tx = app.store.begin().await?;
    store::users::note_failed_login(&tx, id).await?;
    if let Some(user) = store::users::find(&tx, id).await?
        && user.failed_logins >= FAILED_LOGINS_MAX
    {
        let locked_until = Some(app.now().plus_ms(LOCK_MS));
        store::users::update(&tx, &User { failed_logins: 0, locked_until, ..user }).await?;
        audit::record(app, &tx, &Actor::SYSTEM, "user.lock", id, serde_json::Value::Null).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn begin_session(app: &App, tx: &store::Tx, user: User) -> Result<Login> {
    let whole = token(&*app.random, TOKEN_BYTES);
    let session = Session {
        id: app.new_id(),
        user_id: user.id,
        token_hash: secret::hash(&whole),
        csrf_token: token(&*app.random, TOKEN_BYTES),
        created_at: app.now(),
        seen_at: app.now(),
        expires_at: app.now().plus_ms(SESSION_IDLE_MS),
    };
    store::sessions::insert(tx, &session).await?;
    Ok(Login { token: whole, csrf_token: session.csrf_token, user: user.try_into()? })
}

/// Who is behind a cookie, if its login has not ended.
pub async fn authenticate(app: &App, cookie: &str) -> Result<Option<Authenticated>> {
    let conn = app.store.reader();
    let Some(session) = store::sessions::find(conn, secret::hash(cookie), app.now()).await? else { return Ok(None) };
    let Some(user) = store::users::find(conn, session.user_id).await?.filter(|user| user.is_active) else {
        return Ok(None);
    };
    if app.now().ms() - session.seen_at.ms() > TOUCH_MS {
        let tx = app.store.begin().await?;
        store::sessions::touch(&tx, session.id, app.now(), app.now().plus_ms(SESSION_IDLE_MS)).await?;
        tx.commit().await?;
    }
    let user = UserView::try_from(user)?;
    let actor = Actor::user(user.id, user.role);
    Ok(Some(Authenticated { actor, csrf_token: session.csrf_token, user, session_id: session.id }))
}

/// End a login.
pub async fn log_out(app: &App, login: &Authenticated) -> Result<()> {
    let tx = app.store.begin().await?;
    store::sessions::delete(&tx, login.session_id).await?;
    tx.commit().await?;
    Ok(())
}

/// All users. Everybody may know their colleagues.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<UserView>> {
    actor.may(Permission::SettingsRead)?;
    store::users::all(app.store.reader()).await?.into_iter().map(UserView::try_from).collect()
}

/// Add a user.
pub async fn create(app: &App, actor: &Actor, request: NewUser) -> Result<UserView> {
    actor.may(Permission::UsersWrite)?;
    if request.role == Role::Owner {
        return Err(AppError::invalid("role", "one_owner", "there is one owner: choose another role"));
    }
    let user = checked_user(app, &request, &mut Vec::new()).await?;
    let tx = app.store.begin().await?;
    if store::users::find_by_email(&tx, &user.email).await?.is_some() {
        return Err(AppError::invalid("email", "taken", "a user with this address is already here"));
    }
    store::users::insert(&tx, &user).await?;
    audit::record(app, &tx, actor, "user.create", user.id, serde_json::json!({"role": user.role})).await?;
    tx.commit().await?;
    user.try_into()
}

/// What may be changed about a user; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// What to call them.
    pub name: Option<String>,
    /// What they are.
    pub role: Option<Role>,
    /// The language they read.
    pub locale: Option<Locale>,
    /// Whether they may log in.
    pub is_active: Option<bool>,
    /// A new password; it ends all their logins.
    pub password: Option<String>,
}

/// Change a user. Users change their own name, language and password; the rest needs the permission.
pub async fn update(app: &App, actor: &Actor, id: Id<id::User>, change: UserChange) -> Result<UserView> {
    let is_own = actor.user_id() == Some(id) && change.role.is_none() && change.is_active.is_none();
    if !is_own {
        actor.may(Permission::UsersWrite)?;
    }
    let password_hash = match change.password {
        Some(password) => {
            password::check(&password).map_err(|problem| AppError::Invalid(vec![problem]))?;
            Some(password::hash(app, password).await?)
        }
        None => None,
    };
    let tx = app.store.begin().await?;
    let mut user = store::users::find(&tx, id).await?.ok_or(AppError::NotFound("user"))?;
    let is_owner = user.role == Role::Owner.as_str();
    if is_owner && (change.is_active == Some(false) || change.role.is_some_and(|role| role != Role::Owner)) {
        return Err(AppError::conflict("last_owner", "the owner cannot be shut out or given another role"));
    }
    if !is_owner && change.role == Some(Role::Owner) {
        return Err(AppError::invalid("role", "one_owner", "there is one owner: choose another role"));
    }
    let ends_logins = password_hash.is_some() || change.is_active == Some(false);
    user.name = change.name.unwrap_or(user.name);
    user.role = change.role.map_or(user.role, |role| role.as_str().to_owned());
    user.locale = change.locale.unwrap_or(user.locale);
    user.is_active = change.is_active.unwrap_or(user.is_active);
    user.password_hash = password_hash.unwrap_or(user.password_hash);
    store::users::update(&tx, &user).await?;
    if ends_logins {
        store::sessions::delete_of_user(&tx, id).await?;
    }
    audit::record(app, &tx, actor, "user.update", id, serde_json::json!({"role": user.role})).await?;
    tx.commit().await?;
    user.try_into()
}
