//! Series of numbers without gaps: orders and invoices.

use sea_orm::{ConnectionTrait, Statement};

use crate::{Result, StoreError};

/// Take the next number of a series, `first` when the series is new. Until the transaction ends, whoever wants
/// a number of the same series waits; a transaction that fails gives its number back. Take it as late in a
/// transaction as possible.
pub async fn next(conn: &impl ConnectionTrait, series: &str, first: i64) -> Result<i64> {
    let backend = conn.get_database_backend();
    let sql = "INSERT INTO number_series (name, last) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET last = number_series.last + 1
               RETURNING last";
    let row = conn.query_one_raw(Statement::from_sql_and_values(backend, sql, [series.into(), first.into()])).await?;
    let missing = || StoreError::Damaged { what: "number series", detail: format!("{series} gave no number") };
    Ok(row.ok_or_else(missing)?.try_get("", "last")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// Twenty at once, every third of which fails after it has taken its number.
    #[tokio::test]
    async fn numbers_have_no_gaps_whoever_fails() {
        for test in testing::all().await {
            let mut tasks = Vec::new();
            for index in 0..20 {
                let store = test.store.clone();
                tasks.push(tokio::spawn(async move {
                    let tx = store.begin().await.unwrap();
                    let number = next(&tx, "orders", 1001).await.unwrap();
                    tokio::task::yield_now().await;
                    if index % 3 == 0 {
                        drop(tx);
                        return None;
                    }
                    tx.commit().await.unwrap();
                    Some(number)
                }));
            }
            let mut numbers = Vec::new();
            for task in tasks {
                numbers.extend(task.await.unwrap());
            }
            numbers.sort_unstable();
            let wanted: Vec<i64> = (1001..1001 + 13).collect();
            assert_eq!(numbers, wanted, "{}", test.name);
            let tx = test.store.begin().await.unwrap();
            assert_eq!(next(&tx, "invoices", 1).await.unwrap(), 1, "series do not meet on {}", test.name);
        }
    }
}
