//! Who may ask: roles, bearer tokens and their scopes, and fresh ids. Owns the app's half of the
//! access table, role by scope; which kind of party may send which command is the domain's half, and
//! which route needs which scope or role is the web crate's.

use std::collections::BTreeSet;

use verger_domain::codec;
use verger_domain::id::{Id, PartyId, TokenId, VillageId};
use verger_domain::party::{Office, Party, PartyKind, Scope, Token, Village};
use verger_domain::time::Instant;
use verger_store::PartyView;

use crate::App;
use crate::error::AppError;
use crate::secret::random;

/// What somebody is when he signs in. It follows from his party and is stored nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A villager, at his own pages.
    Member,
    /// Serves the counter.
    Agent,
    /// Manages the growers' cooperative.
    Cooperative,
    /// Sells outside goods to the village.
    Supplier,
    /// Carries parcels.
    Carrier,
    /// A person of the staff: credit officer and operator.
    Operator,
    /// A person of the staff who checks the books.
    Auditor,
    /// A person of the staff who reads the indicators.
    Programme,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 8] = [
        Self::Member,
        Self::Agent,
        Self::Cooperative,
        Self::Supplier,
        Self::Carrier,
        Self::Operator,
        Self::Auditor,
        Self::Programme,
    ];

    /// The role of a party, if parties of its kind sign in.
    pub const fn of(party: &Party) -> Option<Self> {
        match (party.kind, party.duty.office) {
            (PartyKind::Member, _) => Some(Self::Member),
            (PartyKind::Agent, _) => Some(Self::Agent),
            (PartyKind::Cooperative, _) => Some(Self::Cooperative),
            (PartyKind::Supplier, _) => Some(Self::Supplier),
            (PartyKind::Carrier, _) => Some(Self::Carrier),
            (PartyKind::Staff, None) => Some(Self::Operator),
            (PartyKind::Staff, Some(Office::Auditor)) => Some(Self::Auditor),
            (PartyKind::Staff, Some(Office::Programme)) => Some(Self::Programme),
            (PartyKind::Shop | PartyKind::Household | PartyKind::Buyer, _) => None,
        }
    }

    /// The name in language files and in `verger access`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Agent => "agent",
            Self::Cooperative => "cooperative",
            Self::Supplier => "supplier",
            Self::Carrier => "carrier",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Programme => "programme",
        }
    }

    /// What a session of this role may do: the table role by scope.
    pub fn scopes(self) -> BTreeSet<Scope> {
        use Scope as S;
        let scopes: &[S] = match self {
            // A programme officer reads indicators, and nobody's account.
            Self::Member | Self::Programme => &[S::Own],
            Self::Agent => &[S::Read, S::PartyWrite, S::CashWrite, S::MarketWrite],
            Self::Cooperative => &[S::Read, S::MarketWrite],
            // Firms from outside read no accounts of the village's people.
            Self::Supplier | Self::Carrier => &[S::MarketWrite, S::Own],
            Self::Operator => {
                &[S::Read, S::PartyWrite, S::MarketWrite, S::HoldWrite, S::LedgerWrite]
            }
            Self::Auditor => &[S::Read],
        };
        scopes.iter().copied().collect()
    }

    /// How long a session lasts: a working day for who works here, and for a villager at a screen
    /// that others use as long as it takes to look.
    pub const fn session_seconds(self) -> u32 {
        const HOUR: u32 = 3_600;
        match self {
            Self::Member => HOUR / 4,
            Self::Agent => 12 * HOUR,
            _ => 8 * HOUR,
        }
    }
}

/// Who sent a request, as far as the token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The token itself, to end it.
    pub token: TokenId,
    /// The village the token is good for.
    pub village: VillageId,
    /// In whose name it acts.
    pub party: PartyId,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
}

/// Who sits at a page, with what the page says of him and his village.
#[derive(Clone, Debug)]
pub struct Seated {
    /// His session.
    pub caller: Caller,
    /// Himself.
    pub view: PartyView,
    /// What he is.
    pub role: Role,
    /// Where.
    pub village: Village,
}

impl Caller {
    /// Checks that the caller may do this, in this village. Another village's things are unknown to
    /// a caller, not forbidden: he may not learn that they exist.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for another village, [`AppError::ScopeMissing`].
    pub fn may(&self, scope: Scope, village: VillageId) -> Result<(), AppError> {
        if self.village != village {
            return Err(AppError::NotFound { what: "village" });
        }
        if self.scopes.contains(&scope) { Ok(()) } else { Err(AppError::ScopeMissing { scope }) }
    }
}

/// A new token: what is stored, and the text that is shown once.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// For the command that makes it known.
    pub token: Token,
    /// What its owner sends: `Authorization: Bearer <text>`.
    pub text: String,
}

const PREFIX: &str = "vgr";

impl App {
    /// A fresh, time-ordered id.
    pub fn new_id<K>(&self) -> Id<K> {
        Id::from_parts(self.now().at, random())
    }

    /// A fresh token; it works once its command is accepted.
    pub fn new_token(
        &self,
        village: VillageId,
        party: PartyId,
        scopes: BTreeSet<Scope>,
        expires_at: Instant,
    ) -> NewToken {
        let (id, secret) = (self.new_id::<verger_domain::id::TokenKind>(), random::<32>());
        let secret_hash = codec::sha256(&secret);
        let text = format!("{PREFIX}_{village}_{:032x}_{}", id.bits(), codec::to_hex(&secret));
        let token = Token { expires_at, id, party, scopes, secret_hash, village };
        NewToken { token, text }
    }

    /// Finds out who sends a token.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] when it is malformed, unknown, wrong or expired.
    pub async fn authenticate(&self, text: &str) -> Result<Caller, AppError> {
        let (village, id, secret) = parse(text).ok_or(AppError::Unauthenticated)?;
        let stored = self.ask(village, move |reader, cell| reader.token(cell, id)).await;
        let token = match stored {
            Ok(Some(token)) => token,
            Ok(None) | Err(AppError::VillageUnknown { .. }) => {
                return Err(AppError::Unauthenticated);
            }
            Err(error) => return Err(error),
        };
        // The secret has 256 random bits and only its hash is compared, so timing tells nothing
        // that helps; the fold keeps it constant all the same.
        let differs = codec::sha256(&secret)
            .iter()
            .zip(&token.secret_hash)
            .fold(0, |differs, (a, b)| differs | (a ^ b));
        let is_good = differs == 0 && token.village == village && token.expires_at > self.now().at;
        if !is_good {
            return Err(AppError::Unauthenticated);
        }
        Ok(Caller { token: id, village, party: token.party, scopes: token.scopes })
    }

    /// Finds out who sits at a page. What he is is read anew each time: whoever lost his post or is
    /// no party any more has lost his session too.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] as [`App::authenticate`].
    pub async fn seat(&self, text: &str) -> Result<Seated, AppError> {
        let caller = self.authenticate(text).await?;
        let (village, party) = (caller.village, caller.party);
        let found = self.ask(village, move |reader, cell| {
            Ok((reader.party(cell, party)?, reader.village(cell, village)?))
        });
        let (Some(view), Some(village)) = found.await? else {
            return Err(AppError::Unauthenticated);
        };
        let role = Role::of(&view.party).ok_or(AppError::Unauthenticated)?;
        // An API token is no session of its owner unless it was made as one.
        if caller.scopes != role.scopes() {
            return Err(AppError::Unauthenticated);
        }
        Ok(Seated { caller, view, role, village })
    }
}

fn parse(text: &str) -> Option<(VillageId, TokenId, codec::Hash)> {
    let mut parts = text.split('_');
    if parts.next()? != PREFIX {
        return None;
    }
    let village = VillageId::new(parts.next()?.parse().ok()?);
    let id = format!("token_{}", parts.next()?).parse().ok()?;
    let secret = codec::hash_from_hex(parts.next()?)?;
    parts.next().is_none().then_some((village, id, secret))
}
