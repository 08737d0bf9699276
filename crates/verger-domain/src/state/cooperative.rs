//! How the effects of the cooperative change its rows. Owns that alone; the events themselves say
//! what they mean.

use super::State;
use crate::effect::{Effect, Record};
use crate::market::{
    CooperativeEvent, LotEvent, PoolEvent, PreorderEvent, SeasonEvent, ShelfEvent, VoteEvent,
};
use crate::party::{CodeOf, ShortCode};

impl State {
    pub(super) fn apply_cooperative(&mut self, record: &Record, effect: &Effect) {
        let village = record.village;
        match effect {
            Effect::Lot { lot, event } => {
                if let LotEvent::Weighed(row) = event {
                    self.code.put((village, CodeOf::Lot, row.code.clone()), lot.bits());
                    self.lot.put(*lot, (**row).clone());
                } else {
                    self.lot.change(lot).apply(event, record.at);
                }
            }
            Effect::Pool { pool, event } => match event {
                PoolEvent::Opened(row) => self.pool.put(*pool, (**row).clone()),
                event => self.pool.change(pool).apply(event),
            },
            Effect::Shelf { pool, event } => match event {
                ShelfEvent::Opened(row) => self.shelf.put(*pool, (**row).clone()),
                event => self.shelf.change(pool).apply(event),
            },
            Effect::Season { season, event } => {
                if let SeasonEvent::Opened(row) = event {
                    // The newest window of a variety is found by its name.
                    if let Some(code) = season_code(&row.variety) {
                        self.code.put((village, CodeOf::Season, code), season.bits());
                    }
                    self.season.put(*season, (**row).clone());
                } else {
                    self.season.change(season).apply(event, record.at);
                }
            }
            Effect::Preorder { preorder, event } => match event {
                PreorderEvent::Placed(row) => self.preorder.put(*preorder, (**row).clone()),
                event => self.preorder.change(preorder).apply(event),
            },
            Effect::Cooperative { cooperative, event } => match event {
                CooperativeEvent::Founded(row) => {
                    self.cooperative.put(*cooperative, (**row).clone());
                }
                event => self.cooperative.change(cooperative).apply(event),
            },
            Effect::Vote { vote, event } => match event {
                VoteEvent::Called(row) => self.vote.put(*vote, (**row).clone()),
                event => self.vote.change(vote).apply(event),
            },
            other => unreachable!("{other:?} is applied before"),
        }
    }
}

/// The code under which the newest window of a variety is found, where its name can be one.
pub(crate) fn season_code(variety: &str) -> Option<ShortCode> {
    variety.parse().ok()
}
