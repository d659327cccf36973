//! Files of any length, made while they are sent: what is in memory is a page of rows.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;

use super::table::{Cell, Table};
use super::{About, RecordFormat, csv, place, xlsx};
use crate::{App, AppError, Result};

/// Pieces of a file that wait for their reader.
const PIECES_WAITING_MAX: usize = 4;
/// Length of a piece of a file that is read back, bytes.
const PIECE_BYTES: usize = 256 * 1024;

/// Rows of a file.
pub(crate) type CellRows = Vec<Vec<Cell<'static>>>;
/// Rows after a place, and the place after them; none at the end.
type PageFuture = Pin<Box<dyn Future<Output = Result<(CellRows, Option<Value>)>> + Send>>;
/// Asks for page after page, each by the place that the one before told.
pub(crate) type Pages = Box<dyn Fn(Option<Value>) -> PageFuture + Send + Sync>;

/// A file on its way.
#[derive(Debug)]
pub struct Streamed {
    pub format: RecordFormat,
    /// With its ending.
    pub file_name: String,
    /// Its pieces. An error in the middle breaks the file off, so that nobody takes a part for the whole.
    pub pieces: mpsc::Receiver<std::result::Result<Bytes, std::io::Error>>,
}

type Pieces = mpsc::Sender<std::result::Result<Bytes, std::io::Error>>;

/// Send a file of all pages.
pub(crate) async fn stream(
    app: &Arc<App>,
    header: Vec<String>,
    pages: Pages,
    format: RecordFormat,
    has_mark: bool,
    name: &str,
) -> Result<Streamed> {
    let about = About::of(app, name, "export");
    let file_name = format!("{}.{}", about.stem, format.ending());
    let (sender, pieces) = mpsc::channel(PIECES_WAITING_MAX);
    let app = app.clone();
    tokio::spawn(async move {
        let made = match place(&app).await {
            Ok(_place) => match format {
                RecordFormat::Csv => send_csv(header, has_mark, &pages, &sender).await,
                RecordFormat::Xlsx => send_xlsx(header, pages, about, &sender).await,
                RecordFormat::Vcf => send_texts(&pages, &sender).await,
            },
            Err(error) => Err(error),
        };
        if let Err(error) = made {
            tracing::warn!(%error, "a file was broken off");
            // Whoever reads may have gone, which is why it broke off.
            drop(sender.send(Err(std::io::Error::other(error.to_string()))).await);
        }
    });
    Ok(Streamed { format, file_name, pieces })
}

fn gone<T>(_: T) -> AppError {
    AppError::Internal("nobody reads the file any more".to_owned())
}

async fn send_csv(header: Vec<String>, has_mark: bool, pages: &Pages, sender: &Pieces) -> Result<()> {
    if has_mark {
        sender.send(Ok(Bytes::from_static(csv::BYTE_ORDER_MARK))).await.map_err(gone)?;
    }
    let heading: Vec<Cell<'static>> = header.into_iter().map(|text| Cell::Text(text.into())).collect();
    sender.send(Ok(csv::lines(&[heading])?.into())).await.map_err(gone)?;
    let mut place = None;
    loop {
        let (rows, next) = pages(place).await?;
        sender.send(Ok(csv::lines(&rows)?.into())).await.map_err(gone)?;
        match next {
            Some(next) => place = Some(next),
            None => return Ok(()),
        }
    }
}

/// Rows that are the text of the file as they stand.
async fn send_texts(pages: &Pages, sender: &Pieces) -> Result<()> {
    let mut place = None;
    loop {
        let (rows, next) = pages(place).await?;
        let texts = rows.into_iter().flatten().filter_map(|cell| match cell {
            Cell::Text(text) => Some(text),
            _ => None,
        });
        sender.send(Ok(texts.collect::<String>().into())).await.map_err(gone)?;
        match next {
            Some(next) => place = Some(next),
            None => return Ok(()),
        }
    }
}

/// A workbook is a packed file whose list of contents comes last: it is made on disk first.
async fn send_xlsx(header: Vec<String>, pages: Pages, about: About, sender: &Pieces) -> Result<()> {
    let file = tempfile::NamedTempFile::new().map_err(|error| AppError::Internal(error.to_string()))?;
    let path = file.path().to_owned();
    let (rows_in, mut rows_out) = mpsc::channel::<CellRows>(PIECES_WAITING_MAX);
    let writing = tokio::task::spawn_blocking(move || {
        let rows = std::iter::from_fn(move || rows_out.blocking_recv()).flatten();
        let table = Table::new("rows", "Rows", header, 0, rows);
        let about = xlsx::About { title: &about.stem, made_at: about.made_at, zone: &about.zone };
        xlsx::save(table, &about, &path)
    });
    let mut place = None;
    loop {
        let (rows, next) = pages(place).await?;
        rows_in.send(rows).await.map_err(gone)?;
        match next {
            Some(next) => place = Some(next),
            None => break,
        }
    }
    drop(rows_in);
    writing.await.map_err(|error| AppError::Internal(error.to_string()))??;
    let failed = |error: std::io::Error| AppError::Internal(error.to_string());
    let mut reader = tokio::fs::File::open(file.path()).await.map_err(failed)?;
    loop {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        let read = (&mut reader).take(PIECE_BYTES as u64).read_to_end(&mut piece).await.map_err(failed)?;
        if read == 0 {
            return Ok(());
        }
        sender.send(Ok(piece.into())).await.map_err(gone)?;
    }
}
