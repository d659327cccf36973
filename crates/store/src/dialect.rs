//! Every difference between SQLite and PostgreSQL.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, LikeExpr};
use sea_orm::{ColumnTrait, DbBackend, prelude::Uuid};

/// A schema file in the words of one database. The files are written with `UUID`, `JSON`, `BIGINT`,
/// `BOOLEAN`, `TEXT` and `BYTES`, and `SERIAL_NUMBER` for a key that counts; a line that begins with `--sqlite` or
/// `--postgres` is for that one only.
pub(crate) fn schema(backend: DbBackend, sql: &str) -> String {
    let own = match backend {
        DbBackend::Sqlite => "--sqlite ",
        _ => "--postgres ",
    };
    let sql = sql.replace(own, "");
    let sql = sql.as_str();
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

/// An expression that SQLite uses no index for. It guesses how many rows pass a filter, often wrongly: then it walks an
/// index that is in the order asked for and tests a million rows on the way, or finds all that pass and sorts them
/// where the first fifty in order would do. PostgreSQL knows from its statistics.
pub(crate) fn without_index(backend: DbBackend, expression: &str) -> String {
    if backend == DbBackend::Sqlite { format!("+{expression}") } else { expression.to_owned() }
}

/// Leaves records without a value out of an index by an expression. Not in PostgreSQL: it keeps figures about how the
/// values of an expression are spread, and uses those of whole indexes only.
pub(crate) fn known_in_index(backend: DbBackend, expression: &str) -> String {
    if backend == DbBackend::Sqlite { format!(" WHERE ({expression}) IS NOT NULL") } else { String::new() }
}

/// Whether an id is one of many, as what stands before and after the bound list ([`id_list`]). One value however many
/// they are: a statement with ten thousand is read anew each time, and kept.
pub(crate) fn id_among(backend: DbBackend) -> (&'static str, &'static str) {
    match backend {
        DbBackend::Sqlite => ("id IN (SELECT unhex(value) FROM json_each(", "))"),
        _ => ("id = ANY(string_to_array(", ", ',')::uuid[])"),
    }
}

/// How a value that is bound stands in a piece of SQL that becomes part of a built statement.
pub(crate) fn bound_place(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Sqlite { "?" } else { "$1" }
}

/// Ids as the value of [`id_among`].
pub(crate) fn id_list(backend: DbBackend, ids: &[Uuid]) -> String {
    let (quote, mut list) = if backend == DbBackend::Sqlite { ("\"", "[".to_owned()) } else { ("", String::new()) };
    for (place, id) in ids.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        list.push_str(&format!("{comma}{quote}{}{quote}", id.simple()));
    }
    if backend == DbBackend::Sqlite {
        list.push(']');
    }
    list
}

/// Whether a column that holds texts in lower case has every word of a search, in any order.
pub(crate) fn has_words(column: impl ColumnTrait, search: &str) -> Condition {
    let has = |word| {
        let pattern = LikeExpr::new(contains_pattern(word)).escape('\\');
        Expr::col(column).like(pattern)
    };
    search.split_whitespace().map(has).fold(Condition::all(), Condition::add)
}

/// A whole number to put few rows in order by. PostgreSQL would else walk the index that is in that order when it takes
/// them for many.
pub(crate) fn order_of_few(backend: DbBackend, column: &str) -> String {
    if backend == DbBackend::Sqlite { format!("+{column}") } else { format!("({column} + 0)") }
}

/// The indexes there are: `name`, `of_table`, `statement`. Those of SQLite that a rule made have no statement.
pub(crate) fn indexes(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => {
            "(SELECT name, tbl_name AS of_table, sql AS statement FROM sqlite_master \
             WHERE type = 'index' AND sql IS NOT NULL)"
        }
        _ => {
            "(SELECT indexname AS name, tablename AS of_table, indexdef AS statement FROM pg_indexes \
             WHERE schemaname = current_schema())"
        }
    }
}

/// A case-insensitive `LIKE` with `\` as its escape: SQLite folds ASCII only, which is why what is
/// searched is stored in lower case.
pub(crate) fn contains_pattern(needle: &str) -> String {
    contains_as_written(&needle.to_lowercase())
}

/// The same for a database that folds both sides itself.
pub(crate) fn contains_as_written(needle: &str) -> String {
    let escaped = needle.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// A text of a JSON object, in small letters; null when there is none.
pub(crate) fn json_text(backend: DbBackend, column: &str, key: &str) -> String {
    match backend {
        DbBackend::Sqlite => {
            format!(
                "CASE WHEN json_type({column}, '$.{key}') = 'text' THEN LOWER(json_extract({column}, '$.{key}')) END"
            )
        }
        _ => format!("CASE WHEN jsonb_typeof({column} -> '{key}') = 'string' THEN LOWER({column} ->> '{key}') END"),
    }
}

/// A number of a JSON object as a double; null when there is none.
pub(crate) fn json_number(backend: DbBackend, column: &str, path: &[&str]) -> String {
    match backend {
        DbBackend::Sqlite => {
            let path = path.join(".");
            format!(
                "CASE WHEN json_type({column}, '$.{path}') IN ('integer', 'real') \
                 THEN CAST(json_extract({column}, '$.{path}') AS REAL) END"
            )
        }
        _ => {
            let path: String = path.iter().map(|key| format!(" -> '{key}'")).collect();
            format!("CASE WHEN jsonb_typeof({column}{path}) = 'number' THEN ({column}{path})::double precision END")
        }
    }
}

/// A yes or no of a JSON object as 1 or 0; null when there is none.
pub(crate) fn json_flag(backend: DbBackend, column: &str, key: &str) -> String {
    let kind = match backend {
        DbBackend::Sqlite => format!("json_type({column}, '$.{key}')"),
        _ => format!("({column} ->> '{key}')"),
    };
    let guard = match backend {
        DbBackend::Sqlite => String::new(),
        _ => format!("jsonb_typeof({column} -> '{key}') = 'boolean' AND "),
    };
    let one = |number: &str| match backend {
        DbBackend::Sqlite => number.to_owned(),
        _ => format!("{number}::double precision"),
    };
    format!("CASE WHEN {guard}{kind} = 'true' THEN {} WHEN {guard}{kind} = 'false' THEN {} END", one("1.0"), one("0.0"))
}

/// Whether a JSON array has any entries: a column, or a key of one.
pub(crate) fn has_entries(backend: DbBackend, column: &str, key: Option<&str>) -> String {
    match (backend, key) {
        (DbBackend::Sqlite, None) => format!("({column} <> '[]')"),
        (DbBackend::Sqlite, Some(key)) => format!("(COALESCE(json_array_length({column}, '$.{key}'), 0) > 0)"),
        (_, None) => format!("({column} <> '[]'::jsonb)"),
        (_, Some(key)) => format!("(COALESCE({column} -> '{key}', '[]'::jsonb) NOT IN ('[]'::jsonb, 'null'::jsonb))"),
    }
}

/// Whether a JSON array has an entry: what stands before and after the bound value. Tags of SQLite lie in a table of
/// their own, see `0018_records.sql`: all that have one are read there, or each row of a table is looked up in it.
pub(crate) fn has_entry(
    backend: DbBackend,
    column: &str,
    key: Option<&str>,
    looked_up_for: Option<&str>,
) -> (String, String) {
    match (backend, key, looked_up_for) {
        (DbBackend::Sqlite, None, None) => {
            ("id IN (SELECT record_id FROM tagged WHERE tag = ".to_owned(), ")".to_owned())
        }
        (DbBackend::Sqlite, None, Some(table)) => {
            (format!("EXISTS (SELECT 1 FROM tagged WHERE record_id = {table}.id AND tag = "), ")".to_owned())
        }
        (DbBackend::Sqlite, Some(key), _) => (
            format!("EXISTS (SELECT 1 FROM json_each({column}, '$.{key}') AS entry WHERE entry.value = "),
            ")".to_owned(),
        ),
        (_, None, _) => (format!("{column} @> jsonb_build_array("), "::text)".to_owned()),
        (_, Some(key), _) => (format!("({column} -> '{key}') @> jsonb_build_array("), "::text)".to_owned()),
    }
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
