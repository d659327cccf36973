//! Mail: from a template and the facts of a contact to a signed message in the receiver's queue.
//!
//! ```text
//! TemplateSource --render--> Rendered --> OutgoingMail --Mailer::send--> Accepted | SendError
//! ```

pub mod builtin;
pub mod dkim;
mod filters;
pub mod imap;
pub mod incoming;
mod mailer;
pub mod message;
mod plain_text;
mod quoted;
mod recording;
pub mod smtp;
pub mod template;

pub use builtin::{Builtin, builtin, sample};
pub use dkim::{DkimError, DkimKey, DkimSettings, DnsRecord};
pub use imap::{Folder, ImapError, ImapFault, ImapSession, ImapSettings};
pub use incoming::{Bounce, IncomingError, IncomingMail};
pub use mailer::{Accepted, Mailer, SendError};
pub use message::{Mailbox, MessageError, OutgoingMail, Unsubscribe};
pub use recording::{Failure, RecordingMailer};
pub use smtp::{Security, SettingsFault, SmtpMailer, SmtpSettings};
pub use template::{Part, Rendered, TemplateError, TemplateSource};
