//! Whether a deal gets past a gate because the document around it becomes another.

use crate::document::{FunnelDoc, Stage, StageId};

/// The first gate that a deal would get past by standing at `to` of a new document after it stood at `from` of an old
/// one: the gate of a stage that lay ahead of it so far, or that is new and lies behind the stage that it leaves. A gate
/// that is new on a stage which the deal has passed asks nothing of it.
pub fn jumped<'a>(old: &FunnelDoc, from: &StageId, new: &'a FunnelDoc, to: &StageId) -> Option<&'a Stage> {
    let end = new.stage_index(to)?;
    let stood = old.stage_index(from);
    // Under its old name the stage is still there: going elsewhere is a move.
    let left = new.stage_index(from).filter(|left| *left < end);
    let lay_ahead = |stage: &Stage| old.stage_index(&stage.id).map_or(stood.is_none(), |place| Some(place) > stood);
    let on_the_way = new.stages.iter().enumerate().take(end + 1).filter(|(_, stage)| stage.gate.is_some());
    let mut jumped = on_the_way.filter(|(index, stage)| lay_ahead(stage) || left.is_some_and(|left| *index > left));
    jumped.next().map(|(_, stage)| stage)
}
