//! Sending a season's commands: many on their way at once, in an order that is the same in every
//! run. Owns the clock and the waiting; what is sent is for the other modules.

use std::collections::VecDeque;
use std::sync::Arc;

use verger_app::clock::ManualClock;
use verger_app::{App, AppError, Pending};
use verger_domain::command::Command;
use verger_domain::id::{CommandId, Id, VillageId};
use verger_domain::time::Date;
use verger_domain::{Actor, Body};

use super::dice::Dice;
use crate::demo::{DemoError, party_id};

/// Sends commands and moves the clock.
pub(crate) struct Driver<'a> {
    pub(crate) app: &'a App,
    pub(crate) dice: Dice,
    clock: &'a Arc<ManualClock>,
    village: VillageId,
    in_flight_max: usize,
    waiting: VecDeque<(CommandId, &'static str, Pending)>,
    last: Option<Command>,
    /// A command that was answered, to be repeated when nothing else wakes the lane.
    known: Option<Command>,
    sent: u64,
    refused: u64,
}

impl<'a> Driver<'a> {
    /// One of so many drivers that may send to the same lane.
    pub(crate) fn new(
        app: &'a App,
        clock: &'a Arc<ManualClock>,
        (village, drivers): (VillageId, usize),
        seed: u64,
    ) -> Self {
        let dice = Dice::new(seed);
        // The lane's queue is shared with the other drivers, and with timers.
        let in_flight_max = (app.queue_max() / 2).checked_div(drivers).unwrap_or(0).max(1);
        Self {
            app,
            dice,
            clock,
            village,
            in_flight_max,
            waiting: VecDeque::new(),
            last: None,
            known: None,
            sent: 0,
            refused: 0,
        }
    }

    /// How many commands were sent.
    pub(crate) const fn sent(&self) -> u64 {
        self.sent
    }

    /// How many of them a rule refused, where that was to be expected.
    pub(crate) const fn refused(&self) -> u64 {
        self.refused
    }

    /// A fresh, time-ordered id that is the same in every run.
    pub(crate) fn id<K>(&mut self) -> Id<K> {
        let random = self.dice.bytes();
        Id::from_parts(self.app.now().at, random)
    }

    /// Today, in the village.
    pub(crate) fn today(&self) -> Date {
        self.app.now().today
    }

    /// Moves the clock to a moment of the day. Everything sent before is answered, and every timer
    /// that was due by then has run, so that no record depends on how fast the machine is.
    pub(crate) fn at(&mut self, day: Date, hour: u32) -> Result<(), DemoError> {
        self.settle()?;
        self.clock.set(self.app.calendar().start_of(day).plus_seconds(hour.saturating_mul(3_600)));
        // What is due by now runs first, and only then does the news of it arrive.
        self.last = self.known.clone();
        self.settle()?;
        self.app.deliver_messages();
        Ok(())
    }

    /// Sends a command that must be accepted; its answer is looked at later.
    pub(crate) fn send(&mut self, actor: Actor, body: Body) -> Result<(), DemoError> {
        let (command, name) = self.command(actor, body);
        let sent = self.app.send(command.clone());
        let pending = sent.map_err(|source| failed(command.id, name, source))?;
        self.waiting.push_back((command.id, name, pending));
        self.last = Some(command);
        while self.waiting.len() >= self.in_flight_max {
            self.wait_for_one()?;
        }
        Ok(())
    }

    /// Sends a command in the name of a party of the demo village.
    pub(crate) fn send_by(&mut self, code: &str, body: Body) -> Result<(), DemoError> {
        self.send(Actor::Party(party_id(code)), body)
    }

    /// Sends a command alone: what it makes due at once has run before anything else is sent.
    pub(crate) fn send_alone(&mut self, actor: Actor, body: Body) -> Result<(), DemoError> {
        self.settle()?;
        self.send(actor, body)?;
        self.settle()
    }

    /// Tries a command that a rule may refuse; whether it was accepted.
    pub(crate) fn attempt(&mut self, actor: Actor, body: Body) -> Result<bool, DemoError> {
        self.settle()?;
        let (command, name) = self.command(actor, body);
        self.last = Some(command.clone());
        let (id, answer) = (command.id, self.app.submit_blocking(command));
        let receipt = answer.map_err(|source| failed(id, name, source))?;
        let is_accepted = receipt.accepted().is_ok();
        self.refused = self.refused.saturating_add(u64::from(!is_accepted));
        Ok(is_accepted)
    }

    fn command(&mut self, actor: Actor, body: Body) -> (Command, &'static str) {
        self.sent = self.sent.saturating_add(1);
        let name = body.kind();
        (Command { id: self.id(), village: self.village, actor, body }, name)
    }

    fn wait_for_one(&mut self) -> Result<(), DemoError> {
        let Some((id, name, pending)) = self.waiting.pop_front() else { return Ok(()) };
        let receipt = pending.wait().map_err(|source| failed(id, name, source))?;
        receipt.accepted().map(drop).map_err(|source| failed(id, name, source))
    }

    /// Waits for every answer. Then the last command is sent once more: the repeat changes nothing,
    /// but the lane runs every timer that is due before it answers.
    pub(crate) fn settle(&mut self) -> Result<(), DemoError> {
        while !self.waiting.is_empty() {
            self.wait_for_one()?;
        }
        let Some(last) = self.last.take() else { return Ok(()) };
        let (id, name) = (last.id, last.body.kind());
        self.known = Some(last.clone());
        self.app.submit_blocking(last).map(drop).map_err(|source| failed(id, name, source))
    }
}

fn failed(id: CommandId, name: &str, source: AppError) -> DemoError {
    DemoError::Command { name: format!("{name} {id}"), source }
}
