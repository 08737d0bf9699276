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
}

impl Bell {
    pub(crate) fn ring(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_rung = true;
        self.wake.notify_all();
    }

    pub(crate) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_closed = true;
        self.wake.notify_all();
    }

    /// Waits for a ring or the time; false when closed.
    pub(crate) fn wait(&self, patience: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_silent = |state: &mut BellState| !state.is_rung && !state.is_closed;
        let waited = self.wake.wait_timeout_while(state, patience, is_silent);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_rung = false;
        !state.is_closed
    }
}

const MESSAGES_A_ROUND: u32 = 256;
const PATIENCE: Duration = Duration::from_secs(15);

/// The relay's thread: one round at the start for what a crash left behind, then one a ring.
pub(crate) fn run(app: &App, mut writer: Writer, bell: &Bell) {
    loop {
        if let Err(error) = round(app, &mut writer) {
            tracing::warn!(error = chain_text(&error), "messages wait for another try");
        }
        if !bell.wait(PATIENCE) {
            return;
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
