//! Every difference between SQLite and PostgreSQL.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, LikeExpr};
use sea_orm::{ColumnTrait, DbBackend};

/// A schema file in the words of one database. The files are written with `UUID`, `JSON`, `BIGINT`,
/// `BOOLEAN`, `TEXT` and `BYTES`, and `SERIAL_NUMBER` for a key that counts.
pub(crate) fn schema(backend: DbBackend, sql: &str) -> String {
    match backend {
        // The driver keeps UUIDs as 16 bytes and JSON as text.
        DbBackend::Sqlite => {
            let serial = ("SERIAL_NUMBER", "INTEGER PRIMARY KEY AUTOINCREMENT");
            replace_words(sql, &[("UUID", "BLOB"), ("JSON", "TEXT"), ("BYTES", "BLOB"), serial])
        }
        _ => {
            let serial = ("SERIAL_NUMBER", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY");
            replace_words(sql, &[("JSON", "JSONB"), ("BYTES", "BYTEA"), serial])
        }
    }
}

/// Lets several workers claim rows at once where the database has more than one writer.
pub(crate) fn skip_locked(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => "",
        _ => " FOR UPDATE SKIP LOCKED",
    }
}

/// Whether a column that holds texts in lower case has every word of a search, in any order.
pub(crate) fn has_words(column: impl ColumnTrait, search: &str) -> Condition {
    let has = |word| {
        let pattern = LikeExpr::new(contains_pattern(word)).escape('\\');
        Expr::col(column).like(pattern)
    };
    search.split_whitespace().map(has).fold(Condition::all(), Condition::add)
}

/// A case-insensitive `LIKE` with `\` as its escape: SQLite folds ASCII only, which is why what is
/// searched is stored in lower case.
fn contains_pattern(needle: &str) -> String {
    let escaped = needle.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

fn replace_words(sql: &str, words: &[(&str, &str)]) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while !rest.is_empty() {
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        out.push_str(words.iter().find(|(from, _)| *from == word).map_or(word, |(_, to)| to));
        let gap = after.find(is_word).unwrap_or(after.len());
        out.push_str(&after[..gap]);
        rest = &after[gap..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_replaced() {
        let sql = "CREATE TABLE t (id UUID, body JSON, JSON_x TEXT, raw BYTES);";
        assert_eq!(schema(DbBackend::Sqlite, sql), "CREATE TABLE t (id BLOB, body TEXT, JSON_x TEXT, raw BLOB);");
        assert_eq!(schema(DbBackend::Postgres, sql), "CREATE TABLE t (id UUID, body JSONB, JSON_x TEXT, raw BYTEA);");
    }

    #[test]
    fn a_needle_matches_itself_only() {
        assert_eq!(contains_pattern("50%_A\\"), "%50\\%\\_a\\\\%");
    }
}
