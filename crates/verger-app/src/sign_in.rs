//! Who sits at a page: passwords, one-time codes, sessions. A session is a token that ends by itself,
//! so that it lives in the database, dies with it, and each sign-in stands in the journal. Owns the
//! secrets of signing in; what a session may do is `access`'s.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use verger_domain::command::PinSecret;
use verger_domain::id::{CommandId, PartyId, VillageId};
use verger_domain::party::{CodeOf, Party, PartyKind, Scope};
use verger_domain::{Actor, Body, Command, Refusal};

use crate::access::{Caller, Role};
use crate::error::AppError;
use crate::{App, Secret};

/// The shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// The longest password, in bytes: hashing must not become a burden.
const PASSWORD_BYTES_MAX: usize = 256;
/// How long a one-time code holds, in seconds (RFC 6238).
const STEP_SECONDS: u64 = 30;
/// What a one-time code is counted in.
const CODE_DIGITS: usize = 6;

/// Who asks to be let in, and what he shows.
#[derive(Clone)]
pub struct Credentials<'a> {
    /// The village.
    pub village: VillageId,
    /// His short code, such as `A1`.
    pub code: &'a str,
    /// His PIN or password.
    pub secret: &'a str,
    /// His one-time code; agents and members have none.
    pub one_time: &'a str,
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({} {})", self.village, self.code)
    }
}

/// A session that was just opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// What the browser sends back; shown once.
    pub text: String,
    /// In whose name it acts.
    pub party: PartyId,
    /// What he is here.
    pub role: Role,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({}, {:?})", self.party, self.role)
    }
}

/// How somebody shows who he is, beside his code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// Six digits.
    Pin,
    /// A password and a one-time code.
    PasswordAndCode,
}

impl SignIn {
    /// How a party of this kind signs in, if it does.
    pub const fn of(kind: PartyKind) -> Option<Self> {
        match kind {
            PartyKind::Agent | PartyKind::Member => Some(Self::Pin),
            PartyKind::Staff
            | PartyKind::Cooperative
            | PartyKind::Supplier
            | PartyKind::Carrier => Some(Self::PasswordAndCode),
            PartyKind::Shop | PartyKind::Household | PartyKind::Buyer => None,
        }
    }
}

impl App {
    /// Lets somebody in. What was wrong is counted durably before it is answered, and locks.
    ///
    /// # Errors
    /// [`AppError::SignInWrong`] when there is no such person, when he cannot sign in, or when the
    /// one-time code is wrong or was used; the refusals of [`App::prove_by_pin`].
    pub async fn sign_in(&self, who: &Credentials<'_>) -> Result<Session, AppError> {
        let (party, step) = self.known(who).await?;
        let role = Role::of(&party).ok_or(AppError::SignInWrong)?;
        let id = match step {
            None => self.new_id(),
            // The command's key names the code, so that a code opens one session for ever.
            Some(step) => self.command_of("one-time code", &[&party.id.to_bytes(), &step]),
        };
        self.open_session(who.village, (party.id, role), id).await
    }

    /// Lets a second person agree at the first one's screen, by what he signs in with. Answers who he
    /// is, and the key of the one command to which he agrees: with his code nobody can agree again.
    ///
    /// # Errors
    /// As [`App::sign_in`]; [`AppError::SignInWrong`] for who has no one-time code.
    pub async fn agree(&self, who: &Credentials<'_>) -> Result<(PartyId, CommandId), AppError> {
        let (party, step) = self.known(who).await?;
        let step = step.ok_or(AppError::SignInWrong)?;
        Ok((party.id, self.command_of("agreement", &[&party.id.to_bytes(), &step])))
    }

    /// Who showed that he is the one he says, and the step of his one-time code if he has one.
    async fn known(&self, who: &Credentials<'_>) -> Result<(Party, Option<[u8; 8]>), AppError> {
        let (village, code) = (who.village, who.code.trim().to_owned());
        let found = self.ask(village, move |reader, cell| {
            let Some(bits) = reader.subject_of(cell, village, CodeOf::Party, &code)? else {
                return Ok(None);
            };
            let id = PartyId::from_bits(bits);
            let Some(view) = reader.party(cell, id)? else { return Ok(None) };
            Ok(reader.pin(cell, id)?.map(|(phc, _)| (view.party, phc)))
        });
        let (party, phc) = found.await?.ok_or(AppError::SignInWrong)?;
        let how = SignIn::of(party.kind).ok_or(AppError::SignInWrong)?;
        self.prove_by_pin(village, party.id, who.secret).await?;
        if how == SignIn::Pin {
            return Ok((party, None));
        }
        let key = one_time_key(self.secret(), party.id, &phc);
        let now = u64::try_from(self.now().at.micros() / 1_000_000).unwrap_or(0);
        match step_of(&key, who.one_time.trim(), now) {
            Some(step) => Ok((party, Some(step.to_be_bytes()))),
            None => Err(self.count_wrong_pin(village, party.id).await),
        }
    }

    /// Lets a member in by his card, on whichever screen it is shown.
    ///
    /// # Errors
    /// [`AppError::SignInWrong`] when the card is not one, was lost or is too old.
    pub async fn sign_in_by_card(&self, text: &str) -> Result<Session, AppError> {
        let caller = match self.authenticate(text).await {
            Err(AppError::Unauthenticated) => return Err(AppError::SignInWrong),
            other => other?,
        };
        let Caller { village, party, .. } = caller;
        let found = self.ask(village, move |reader, cell| reader.party(cell, party)).await?;
        let role = found.and_then(|view| Role::of(&view.party));
        if role != Some(Role::Member) || !caller.scopes.iter().eq([&Scope::Own]) {
            return Err(AppError::SignInWrong);
        }
        self.open_session(village, (party, Role::Member), self.new_id()).await
    }

    async fn open_session(
        &self,
        village: VillageId,
        (party, role): (PartyId, Role),
        id: CommandId,
    ) -> Result<Session, AppError> {
        let expires_at = self.now().at.plus_seconds(role.session_seconds());
        let new = self.new_token(village, party, role.scopes(), expires_at);
        let body = Body::SignIn { token: new.token };
        let receipt = self.submit(Command { id, village, actor: Actor::System, body }).await;
        match receipt {
            Err(AppError::KeyReused { .. }) => return Err(AppError::SignInWrong),
            Err(error) => return Err(error),
            Ok(receipt) => receipt.accepted().map(drop)?,
        }
        Ok(Session { text: new.text, party, role })
    }

    /// Ends a session. One that is not known any more is ended already.
    ///
    /// # Errors
    /// When the books cannot be written.
    pub async fn sign_out(&self, text: &str) -> Result<(), AppError> {
        let caller = match self.authenticate(text).await {
            Err(AppError::Unauthenticated) => return Ok(()),
            other => other?,
        };
        let body = Body::RevokeToken { token: caller.token };
        let (id, village, actor) = (self.new_id(), caller.village, Actor::System);
        let answer = self.submit(Command { id, village, actor, body }).await?;
        match answer.accepted() {
            Err(AppError::Refused(Refusal::Party(_))) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Makes the stored form of a password; takes some milliseconds.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is too short or too long.
    pub fn new_password(&self, person: PartyId, text: &str) -> Result<PinSecret, AppError> {
        let is_fit = text.chars().count() >= PASSWORD_CHARS_MIN && text.len() <= PASSWORD_BYTES_MAX;
        let made = is_fit.then(|| crate::pin::any_secret(self.secret(), person, text)).flatten();
        made.ok_or(AppError::NotFound { what: "password of a good length" })
    }

    /// A first PIN or password for somebody, by chance: its text, to be handed over once, and its stored
    /// form. He sets his own with it. Takes some milliseconds.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a kind of party that does not sign in.
    pub fn first_secret(
        &self,
        (person, kind): (PartyId, PartyKind),
    ) -> Result<(String, PinSecret), AppError> {
        let how = SignIn::of(kind).ok_or(AppError::NotFound { what: "way to sign in" })?;
        if how == SignIn::Pin {
            let number = u32::from_be_bytes(crate::secret::random());
            let text = format!("{:0width$}", number % 1_000_000, width = CODE_DIGITS);
            let secret = self.new_pin(person, &text)?;
            return Ok((text, secret));
        }
        let digits = base32(&crate::secret::random::<10>());
        let groups = digits.as_bytes().chunks(4).map(String::from_utf8_lossy);
        let groups: Vec<_> = groups.collect();
        let text = groups.join("-");
        let secret = self.new_password(person, &text)?;
        Ok((text, secret))
    }

    /// The key of somebody's one-time codes, as authenticator apps take it (Base32). It follows from
    /// the deployment's secret and the stored hash: nothing more is kept, and a new password makes a
    /// new key.
    pub fn one_time_key(&self, person: PartyId, phc: &str) -> String {
        base32(&one_time_key(self.secret(), person, phc))
    }

    /// The code that holds now: for the demonstration, whose people are invented.
    pub fn one_time_code(&self, person: PartyId, phc: &str) -> String {
        let now = u64::try_from(self.now().at.micros() / 1_000_000).unwrap_or(0);
        code_at(&one_time_key(self.secret(), person, phc), now / STEP_SECONDS)
    }

    fn command_of(&self, purpose: &str, parts: &[&[u8]]) -> CommandId {
        let mut bits = [0; 16];
        bits.copy_from_slice(self.secret().digest(purpose, parts).split_at(16).0);
        CommandId::from_bytes(bits)
    }
}

fn one_time_key(secret: &Secret, person: PartyId, phc: &str) -> [u8; 20] {
    let mut key = [0; 20];
    let digest = secret.digest("one-time key", &[&person.to_bytes(), phc.as_bytes()]);
    key.copy_from_slice(digest.split_at(20).0);
    key
}

/// The step whose code this is: now, the one before or the one after, for clocks differ.
fn step_of(key: &[u8], code: &str, now: u64) -> Option<u64> {
    let here = now / STEP_SECONDS;
    let steps = [here, here.saturating_sub(1), here.saturating_add(1)];
    steps.into_iter().find(|step| is_same(&code_at(key, *step), code))
}

/// Compares without telling by its time how much was right.
fn is_same(a: &str, b: &str) -> bool {
    let pairs = a.bytes().zip(b.bytes());
    a.len() == b.len() && pairs.fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// The code of a step: RFC 4226 over SHA-1, which is what authenticator apps speak.
fn code_at(key: &[u8], step: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes any key length");
    mac.update(&step.to_be_bytes());
    let digest: [u8; 20] = mac.finalize().into_bytes().into();
    let start = usize::from(digest.last().copied().unwrap_or(0) & 15);
    let four = digest.iter().skip(start).take(4);
    let number = four.fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:0width$}", (number & 0x7fff_ffff) % 1_000_000, width = CODE_DIGITS)
}

/// Base32 without padding: five bytes are eight digits, and keys are a multiple of five long.
fn base32(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digits = bytes.chunks(5).flat_map(|five| {
        let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        [35, 30, 25, 20, 15, 10, 5, 0].map(|shift| usize::try_from(bits >> shift & 31).unwrap_or(0))
    });
    digits.map(|index| char::from(DIGITS.get(index).copied().unwrap_or(b'A'))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: codes are the ones that authenticator apps show. Method: RFC 6238, appendix B, by their
    /// last six digits; and the RFC 4648 vectors for the key.
    #[test]
    fn codes_follow_the_rfc() {
        let key = b"12345678901234567890";
        let table = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (now, code) in table {
            assert_eq!(code_at(key, now / STEP_SECONDS), code);
            let steps = [now.saturating_sub(STEP_SECONDS), now, now + STEP_SECONDS];
            for near in steps {
                assert_eq!(step_of(key, code, near), Some(now / STEP_SECONDS), "{near}");
            }
            assert_eq!(step_of(key, code, now + 2 * STEP_SECONDS + 30), None);
        }
        assert_eq!(step_of(key, "", 59), None);
        assert_eq!(base32(key), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
    }
}
