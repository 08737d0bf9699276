//! The second step of trade between villages: takes messages from the outbox and submits them as
//! commands of the other village. Delivers at least once; the key of the message makes it exact.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use verger_domain::codec;
use verger_domain::credit::CreditCommand;
use verger_domain::effect::Message;
use verger_domain::id::{CellId, CommandId};
use verger_domain::state::OutboxRow;
use verger_domain::{Actor, Body, Command};
use verger_store::{Writer, chain_text};

use crate::App;

/// Wakes the relay. It also wakes by itself, so that a lost ring only delays.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    state: Mutex<BellState>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct BellState {
    is_rung: bool,
    is_closed: bool,
    /// Whether messages wait until somebody asks for them.
    is_held: bool,
    /// How many rounds were asked for, and up to which of these requests they are done.
    asked: u64,
    done: u64,
}

impl Bell {
    fn change(&self, change: impl FnOnce(&mut BellState)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.wake.notify_all();
    }

    pub(crate) fn ring(&self) {
        self.change(|state| state.is_rung = true);
    }

    pub(crate) fn close(&self) {
        self.change(|state| state.is_closed = true);
    }

    /// From now on messages go out by [`Self::deliver`] alone, or by themselves again.
    pub(crate) fn hold(&self, is_held: bool) {
        self.change(|state| (state.is_held, state.is_rung) = (is_held, true));
    }

    /// Asks for a round and waits until it is over.
    pub(crate) fn deliver(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked = state.asked.saturating_add(1);
        let mine = state.asked;
        self.wake.notify_all();
        let is_waiting = |state: &mut BellState| state.done < mine && !state.is_closed;
        drop(self.wake.wait_while(state, is_waiting).unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits for a reason to go round; the request that the round answers, or none when closed.
    fn wait(&self, patience: Duration) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let is_silent = |state: &mut BellState| {
                let is_rung = state.is_rung && !state.is_held;
                !is_rung && !state.is_closed && state.asked == state.done
            };
            let waited = self.wake.wait_timeout_while(state, patience, is_silent);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.is_closed {
                return None;
            }
            if !state.is_held || state.asked > state.done {
                state.is_rung = false;
                return Some(state.asked);
            }
        }
    }
}

const MESSAGES_A_ROUND: u32 = 256;
const PATIENCE: Duration = Duration::from_secs(15);

/// The relay's thread: one round at the start for what a crash left behind, then one a ring.
pub(crate) fn run(app: &App, mut writer: Writer, bell: &Bell) {
    let mut answered = 0;
    loop {
        if let Err(error) = round(app, &mut writer) {
            tracing::warn!(error = chain_text(&error), "messages wait for another try");
        }
        bell.change(|state| state.done = answered);
        match bell.wait(PATIENCE) {
            Some(request) => answered = request,
            None => return,
        }
    }
}

fn round(app: &App, writer: &mut Writer) -> Result<(), verger_store::StoreError> {
    for (cell, row) in writer.outbox_waiting(MESSAGES_A_ROUND)? {
        let Some(command) = command_for(cell, &row) else {
            // News is for whoever asks: from now on it stands among the village's notices.
            writer.outbox_done(cell, &row, app.now().at)?;
            continue;
        };
        // A refusal is an answer too: it is stored under the message's key, and a person finds it.
        match app.submit_blocking(command) {
            Ok(_) => writer.outbox_done(cell, &row, app.now().at)?,
            Err(error) => tracing::warn!(%error, seq = row.seq, "a message waits"),
        }
    }
    Ok(())
}

/// The command that a message to another village is; news for people is none.
fn command_for(cell: CellId, row: &OutboxRow) -> Option<Command> {
    let name = format!("outbox {cell} {} {}", row.seq, row.number);
    let mut bits = [0; 16];
    bits.copy_from_slice(codec::sha256(name.as_bytes()).split_at(16).0);
    let (body, to_village) = match row.message {
        Message::ReceiveMoney { amount_minor, from, to, to_village } => {
            (Body::ReceiveMoney { amount_minor, from, from_village: row.village, to }, to_village)
        }
        Message::Notice { borrower, notice, to_village } => {
            (Body::Credit { borrower, command: CreditCommand::Tell(notice) }, to_village)
        }
        Message::SeasonDelayed { .. } => return None,
    };
    Some(Command {
        id: CommandId::from_bytes(bits),
        village: to_village,
        actor: Actor::System,
        body,
    })
}
