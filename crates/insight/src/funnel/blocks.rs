//! Funnels over columns, block by block.

use super::answer::FunnelAnswer;
use super::tally::Tallies;
use super::values::Values;
use super::{columns, each_person};
use crate::blocks::over_blocks;
use crate::frame::Source;
use crate::query::FunnelQuery;
use crate::record::Records;

/// The answer of [`super::funnel`], from columns of [`super::plan`].
///
/// # Errors
/// When a block cannot be read.
pub fn funnel_from<S: Source>(query: &FunnelQuery, source: &S, threads: usize) -> Result<FunnelAnswer, S::Error> {
    if let Some(answer) = columns::swept(query, source, threads)? {
        return Ok(answer);
    }
    let width = columns(query).0.len();
    let begin = || (Tallies::new(query), Values::default());
    let work = |(tallies, values): &mut (Tallies<'_>, Values), records: &Records| {
        each_person(query, records, values, |_, person, result| tallies.add(person, result));
    };
    let (mut all, mut known) = begin();
    for (tallies, values) in over_blocks(source, width, threads, begin, work)? {
        // Each thread has numbered the values as it met them.
        all.merge(tallies.renumbered(&known.take_in(&values)));
    }
    Ok(all.answer(&known, threads))
}
