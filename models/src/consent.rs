//! Asks for the yes that a licence or an unknown hash needs: of the person at the terminal, or of what the command line
//! says in their place.

use std::io::{self, IsTerminal as _, Write as _};

use crate::digest::Digest;
use crate::manifest::Model;

/// Puts a question to a person.
pub type Ask = Box<dyn FnMut(&str) -> io::Result<bool>>;

/// What was said yes to in advance, and who can be asked about the rest.
#[derive(Default)]
pub struct Consent {
    /// Names of models whose licence is accepted.
    pub licences: Vec<String>,
    /// Hashes that are right.
    pub hashes: Vec<Digest>,
    /// `None` when there is nobody at a terminal.
    pub ask: Option<Ask>,
}

/// A yes that was needed and not given.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Nobody was there to ask.
    #[error(
        "`{name}` is under the licence {licence}: {reason}. Nothing was done; if you agree, add --accept-licence {name}"
    )]
    LicenceUnanswered {
        /// The model.
        name: String,
        /// Its licence.
        licence: String,
        /// Why one has to agree.
        reason: String,
    },
    /// Nobody was there to ask.
    #[error(
        "the hash of `{name}` is not known to Iris. The file that came ({bytes} bytes) has the SHA-256 {found}; nothing was \
         kept. Compare it with what the project publishes ({project}); if it is right, add --accept-hash {found}"
    )]
    HashUnanswered {
        /// The model.
        name: String,
        /// What came.
        found: Digest,
        /// Its size.
        bytes: u64,
        /// Where the right one may be published.
        project: String,
    },
    /// Somebody was there and did not agree.
    #[error("`{name}` was not accepted: nothing was kept")]
    Declined {
        /// The model.
        name: String,
    },
    /// The terminal fails.
    #[error("ask on the terminal: {0}")]
    Unaskable(#[from] io::Error),
}

impl Consent {
    /// Asks at the terminal, if there is one.
    pub fn of_terminal(licences: Vec<String>, hashes: Vec<Digest>) -> Self {
        let there = io::stdin().is_terminal() && io::stderr().is_terminal();
        let ask: Option<Ask> = there.then(|| Box::new(ask_at_terminal) as Ask);
        Self { licences, hashes, ask }
    }

    pub(crate) fn ask_about_licence(&mut self, model: &Model, reason: &str) -> Result<(), Refusal> {
        if self.licences.contains(&model.name) {
            return Ok(());
        }
        let (name, licence) = (model.name.clone(), model.licence.clone());
        match &mut self.ask {
            Some(ask) => {
                let question = format!("`{name}` is under the licence {licence}: {reason}.\nDo you agree?");
                if ask(&question)? { Ok(()) } else { Err(Refusal::Declined { name }) }
            }
            None => Err(Refusal::LicenceUnanswered { name, licence, reason: reason.to_owned() }),
        }
    }

    pub(crate) fn ask_about_hash(&mut self, model: &Model, found: &Digest, bytes: u64) -> Result<(), Refusal> {
        if self.hashes.contains(found) {
            return Ok(());
        }
        let (name, project) = (model.name.clone(), model.project.to_string());
        match &mut self.ask {
            Some(ask) => {
                let question = format!(
                    "The hash of `{name}` is not known to Iris. The file that came ({bytes} bytes) has the SHA-256\n  \
                     {found}\nCompare it with what the project publishes ({project}). Is it right?"
                );
                if ask(&question)? { Ok(()) } else { Err(Refusal::Declined { name }) }
            }
            None => Err(Refusal::HashUnanswered { name, found: found.clone(), bytes, project }),
        }
    }
}

/// Only a whole yes is one.
fn ask_at_terminal(question: &str) -> io::Result<bool> {
    let mut error = io::stderr().lock();
    write!(error, "{question} [yes/no] ")?;
    error.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}
