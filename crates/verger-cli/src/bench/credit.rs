//! The part of the benchmark that lends: decisions and draws over HTTP at a steady pace among a hundred
//! thousand members, and a million loans looked at while people pay.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Moment};

use anyhow::{Context, bail};
use serde_json::json;
use verger_app::clock::{Clock, SystemClock};
use verger_app::{App, Config, Secret, policy_file};
use verger_domain::codec;
use verger_domain::credit::command::{CreditCommand, DrawWish, RepayFrom, Wish};
use verger_domain::credit::portfolio::{Matrix, Report};
use verger_domain::credit::quote::Until;
use verger_domain::credit::{Borrower, BorrowerEvent, Op, Terms};
use verger_domain::id::{CommandId, Id, PartyId, TrancheId, VillageId};
use verger_domain::ledger::{AccountKey, Code, Line};
use verger_domain::market::listing::Photo;
use verger_domain::party::Scope;
use verger_domain::policy::Policy;
use verger_domain::time::Date;
use verger_domain::trust::{FactKind, FactProof, TrustCommand};
use verger_domain::{Actor, Body, Command, Effect, Proof, Reads, Record, State, command::ProofBy};
use verger_sim::http::Client;
use verger_sim::temp::TempFolder;
use verger_sim::village::{Cast, settle};
use verger_store::{Location, Sealed, Store};

use super::http::Server;
use super::{Figure, first_order};
use crate::output;

/// Draws a second.
const PACE: u32 = 200;
const CLIENTS: u32 = 16;
/// Villages whose households borrow, of a hundred.
const LENDING: u32 = 10;
const VILLAGES: u32 = 100;
const HOUSEHOLDS: usize = 1_000;

/// Measures the parts that are wanted.
pub(super) fn run(seconds: f64, loans: u64, only: Option<&str>) -> anyhow::Result<Vec<Figure>> {
    let is_wanted = |part: &str| only.is_none_or(|only| only == part);
    let mut figures = Vec::new();
    if is_wanted("draws") {
        let folder = TempFolder::new()?;
        let bank = Bank::build(folder.path())?;
        let server = Server::start(folder.path())?;
        figures.push(bank.at_a_pace(&server, seconds, "questions")?);
        figures.push(bank.at_a_pace(&server, seconds, "draws")?);
    }
    if is_wanted("portfolio") {
        figures.extend(portfolio(loans)?);
    }
    Ok(figures)
}

/// A policy under which one confirmed fact opens credit: a benchmark cannot trade for months first.
fn easy(policy: &mut Policy) {
    let pools = &mut policy.trust.pools;
    pools.facts.backed = true;
    for pool in [&mut pools.unproven_sales, &mut pools.purchases, &mut pools.village_trade] {
        (pool.cap, pool.period_cap) = (1, 1);
    }
    if let Some(level) = policy.trust.levels.first_mut() {
        (level.points, level.limit_units) = (5, 7);
    }
    policy.credit.history_days = 0;
    policy.credit.cohort_minor = 1_000_000_000;
}

fn open(store: &Store) -> anyhow::Result<App> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut policy = policy_file::load(None)?;
    easy(&mut policy);
    Ok(App::open(Config::new(store.clone(), clock, policy, Secret::public_demo()))?)
}

/// Villages with money to lend and households that may borrow.
struct Bank {
    casts: Vec<Cast>,
    tokens: Vec<String>,
}

impl Bank {
    fn build(folder: &Path) -> anyhow::Result<Self> {
        let bar = output::progress_bar("settling 100,000 members");
        bar.set_length(VILLAGES.into());
        let app = open(&Store::new(Location::Folder(folder.to_owned())))?;
        let (mut casts, mut tokens) = (Vec::new(), Vec::new());
        for number in 1..=VILLAGES {
            let village = VillageId::new(number);
            let cast = settle(&app, village, "bench", HOUSEHOLDS)?;
            if number <= LENDING {
                lend(&app, &cast)?;
                let ends = app.now().at.plus_seconds(86_400);
                let new = app.new_token(village, cast.agent, Scope::ALL.into(), ends);
                submit(&app, village, Actor::System, Body::IssueToken { token: new.token })?;
                tokens.push(new.text);
                casts.push(cast);
            }
            bar.inc(1);
        }
        app.close();
        bar.finish_and_clear();
        Ok(Self { casts, tokens })
    }

    /// So many requests a second, each of another household, however long each takes.
    fn at_a_pace(&self, server: &Server, seconds: f64, what: &str) -> anyhow::Result<Figure> {
        let bar = output::progress_bar(&format!("http: {PACE} {what} a second"));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let times = runtime.block_on(async {
            let each = Duration::from_secs(1) * CLIENTS / PACE;
            let begin = Moment::now();
            let end = begin + Duration::from_secs_f64(seconds);
            let mut tasks = Vec::new();
            for client in 0..CLIENTS {
                let mut connection = Client::connect(server.address, "").await?;
                let mut wishes = Vec::new();
                let count = (end - begin).as_millis() / each.as_millis() + 1;
                for number in 0..u32::try_from(count)? {
                    wishes.push(self.wish(number * CLIENTS + client, what)?);
                }
                tasks.push(tokio::spawn(async move {
                    let mut next = begin + each * client / CLIENTS;
                    let mut times = Vec::new();
                    for (token, path, body) in wishes {
                        if next >= end {
                            break;
                        }
                        tokio::time::sleep_until(next.into()).await;
                        connection.use_token(&token);
                        let key = Id::<verger_domain::id::CommandKind>::from_bytes(key_of(&path));
                        let body = serde_json::to_vec(&body)?;
                        let answer = connection.post(&path, &key.to_string(), &body).await?;
                        if answer.status >= 300 {
                            bail!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
                        }
                        // From the moment at which it should have begun: a late start counts.
                        times.push(next.elapsed().as_secs_f64() * 1_000.0);
                        next += each;
                    }
                    Ok::<_, anyhow::Error>(times)
                }));
            }
            let mut times = Vec::new();
            for task in tasks {
                times.extend(task.await??);
            }
            Ok::<_, anyhow::Error>(times)
        });
        bar.finish_and_clear();
        let name = format!("{what} at {PACE} a second over HTTP, p99");
        Ok(Figure::one(&name, "sqlite", p99(times?), "ms"))
    }

    /// One request: a household asks, or draws with its recorded yes.
    fn wish(&self, number: u32, what: &str) -> anyhow::Result<(String, String, serde_json::Value)> {
        let index = usize::try_from(number)?;
        let place = index % self.casts.len();
        let cast = self.casts.get(place).context("a village")?;
        let household = cast.households.get(index / self.casts.len() % HOUSEHOLDS);
        let member = cast.members.get(index / self.casts.len() % HOUSEHOLDS);
        let (household, member) = (household.context("a household")?, member.context("a member")?);
        let path = format!("/api/v1/villages/{}/credit/{household}/{what}", cast.village);
        let loan = json!({"amount_minor": 1_000, "purpose": "feed", "days": 90});
        let yes = codec::to_hex(&codec::sha256(format!("yes of {member}").as_bytes()));
        let body = match what {
            "draws" => {
                json!({"loan": loan, "proof": {"member": member.to_string(), "recording": yes}})
            }
            _ => loan,
        };
        Ok((self.tokens.get(place).context("a token")?.clone(), path, body))
    }
}

fn key_of(path: &str) -> [u8; 16] {
    let digest = codec::sha256(format!("{path} {}", first_order()).as_bytes());
    let mut bits = [0; 16];
    bits.copy_from_slice(digest.split_at(16).0);
    bits
}

fn p99(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() * 99 / 100).copied().unwrap_or_default()
}

fn submit(app: &App, village: VillageId, actor: Actor, body: Body) -> anyhow::Result<()> {
    let command = Command { id: app.new_id(), village, actor, body };
    app.submit_blocking(command)?.accepted()?;
    Ok(())
}

/// Puts money into the fund and confirms a fact about every household.
fn lend(app: &App, cast: &Cast) -> anyhow::Result<()> {
    let capital = 1_000_000_000;
    let lines = vec![
        Line::debit(AccountKey::village(Code::BANK_ESCROW), capital),
        Line::credit(AccountKey::village(Code::CAPITAL_FUND), capital),
    ];
    let (effective_on, evidence, purpose) = (None, Vec::new(), "capital".to_owned());
    let post = Body::Post { effective_on, evidence, lines, purpose };
    submit(app, cast.village, Actor::System, post)?;
    let mut waiting = Vec::new();
    for household in &cast.households {
        let document = Photo(codec::sha256(format!("card of {household}").as_bytes()));
        let (by, fact) = (FactProof::Document(document), FactKind::Identity);
        let command = TrustCommand::ConfirmFact { by, fact, household: *household };
        let body = Body::Trust { command };
        let (id, village, actor) = (app.new_id(), cast.village, Actor::Party(cast.agent));
        waiting.push(app.send(Command { id, village, actor, body })?);
    }
    for pending in waiting {
        pending.wait()?.accepted()?;
    }
    Ok(())
}

/// So many loans of one village: their state on a day, and their measures while people pay.
fn portfolio(loans: u64) -> anyhow::Result<Vec<Figure>> {
    let folder = TempFolder::new()?;
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    let app = open(&store)?;
    let cast = settle(&app, VillageId::new(1), "bench", HOUSEHOLDS)?;
    lend(&app, &cast)?;
    let today = app.now().today;
    for (household, member) in cast.households.iter().zip(&cast.members) {
        let yes = Photo(codec::sha256(format!("yes of {member}").as_bytes()));
        let proof = Proof { by: ProofBy::Voice(yes), member: *member };
        let until = Until::Days(90);
        let wish =
            Wish { amount_minor: 1_000, enterprise: None, purpose: "feed".to_owned(), until };
        let draw = DrawWish { proof, tranche: TrancheId::from_bits(household.bits()), wish };
        let command = CreditCommand::Draw(Box::new(draw));
        let body = Body::Credit { borrower: *household, command };
        submit(&app, cast.village, Actor::Party(cast.agent), body)?;
    }
    app.close();
    fill(&store, cast.village, loans, today)?;

    let later = Date::from_days(today.days() + 60).unwrap_or(today);
    let mut reader = store.reader()?;
    let cell = reader.routes()?.get(&cast.village).copied().context("the village has a cell")?;
    let begun = Moment::now();
    let (mut count, mut payoff) = (0_u64, 0_i64);
    reader.each_loan(cell, Some(cast.village), &mut |_, tranche| {
        let mut then = tranche.clone();
        then.advance(later);
        (count, payoff) = (count + 1, payoff.saturating_add(then.payoff_minor()));
    })?;
    let state_s = begun.elapsed().as_secs_f64();
    let millions = format!("{count} loans: state of each in 60 days (payoff {payoff})");
    let mut figures = vec![Figure::one(&millions, "sqlite", state_s, "s")];

    let app = open(&store)?;
    let paying = std::thread::spawn({
        let (app, cast) = (app.clone(), cast.clone());
        move || pay(&app, &cast)
    });
    let begun = Moment::now();
    let matrix = Matrix::of(&app.policy().credit);
    let mut report = Report::default();
    reader.each_loan(cell, Some(cast.village), &mut |_, tranche| {
        report.add(tranche, later, &matrix);
    })?;
    let measured_s = begun.elapsed().as_secs_f64();
    let times = paying.join().map_err(|_| anyhow::anyhow!("the payments stopped"))??;
    app.close();
    let (par, provision) = (report.all.par30_bps(), report.all.provision_minor());
    let what = format!("PAR ({par} bps) and provision ({provision}) over {count} loans");
    figures.push(Figure::one(&what, "sqlite", measured_s, "s"));
    figures.push(Figure::one("payments meanwhile, 50 a second, p99", "sqlite", p99(times), "ms"));
    Ok(figures)
}

/// Pays a little of every household's loan at fifty a second; how long each took.
fn pay(app: &App, cast: &Cast) -> anyhow::Result<Vec<f64>> {
    let each = Duration::from_millis(20);
    let mut next = Moment::now();
    let mut times = Vec::new();
    for household in cast.households.iter().take(250) {
        while Moment::now() < next {
            std::thread::yield_now();
        }
        let command = CreditCommand::Repay {
            amount_minor: 100,
            effective_on: None,
            from: RepayFrom::Cash(cast.shop),
            tranche: None,
        };
        let body = Body::Credit { borrower: *household, command };
        submit(app, cast.village, Actor::Party(cast.agent), body)?;
        times.push(next.elapsed().as_secs_f64() * 1_000.0);
        next += each;
    }
    Ok(times)
}

/// Writes loans of invented households beside the books, through the same events and rows as any,
/// but without their money: it is their number that matters here.
fn fill(store: &Store, village: VillageId, loans: u64, today: Date) -> anyhow::Result<()> {
    const EACH: u64 = 10;
    const BATCH: u64 = 200;
    let bar = output::progress_bar("writing loans");
    bar.set_length(loans);
    let mut writer = store.writer()?;
    let cell =
        store.reader()?.routes()?.get(&village).copied().context("the village has a cell")?;
    let now = SystemClock.now();
    writer.claim(&[cell], "embedded", now)?;
    let terms = Terms::of(&policy_file::load(None)?.credit);
    let mut book = store.reader()?.loan_book(cell, village)?;
    for batch in 0..loans / EACH / BATCH {
        let mut state = State::default();
        let (mut head, _) = writer.begin(cell, &[], &Reads::default(), &mut state)?;
        state.loan_book.load(village, Some(book.clone()));
        let mut effects = Vec::new();
        for number in batch * BATCH..(batch + 1) * BATCH {
            let id = PartyId::from_bits((1 << 100) + u128::from(number));
            let drawn_on = Date::from_days(today.days() - i32::try_from(number % 300)?);
            let drawn_on = drawn_on.unwrap_or(today);
            let mut row = Borrower::new(id, village, drawn_on);
            let opened = BorrowerEvent::Opened(Box::new(row.clone()));
            effects.push(Effect::Credit { borrower: id, event: opened });
            for loan in 0..EACH {
                let tranche = TrancheId::from_bits((number * EACH + loan + 1).into());
                let amount_minor = i64::try_from((number % 90 + 10) * 1_000)?;
                let due_on = Date::from_days(drawn_on.days() + 90 + i32::try_from(loan)? * 9);
                let due_on = due_on.unwrap_or(today);
                let op = Op::Draw { agent: None, amount_minor, due_on, terms, tranche };
                let event = row.next_event(op, drawn_on, drawn_on);
                let event = BorrowerEvent::Recorded { cooling_off_until: None, event };
                row.apply(&event);
                effects.push(Effect::Credit { borrower: id, event });
            }
        }
        let seq = head.seq + 1;
        let record = Record {
            actor: Actor::System,
            at: head.at,
            body_hash: [0; 32],
            cell,
            effects,
            key: CommandId::from_bits((7 << 100) + u128::from(batch)),
            kind: "bench".to_owned(),
            refusal: None,
            seq,
            village,
        };
        state.apply(&record);
        book = state.loan_book.get(&village).cloned().unwrap_or_default();
        let sealed = Sealed::new(record, &head.chain);
        (head.seq, head.chain) = (seq, sealed.chain);
        writer.commit(&head, &state, &[sealed])?;
        bar.inc(BATCH * EACH);
    }
    writer.renew(None)?;
    // What a lane does in a quiet moment; nobody pays for the log of a million invented loans.
    writer.idle()?;
    bar.finish_and_clear();
    Ok(())
}
