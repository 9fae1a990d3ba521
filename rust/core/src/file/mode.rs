//! The mode of a file, as Python's own `open` has it.

use crate::error::Error;

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Read,
    Write,
    /// Write what must not exist yet.
    Create,
    Append,
}

#[derive(Debug, Clone, Copy)]
pub struct Mode {
    pub action: Action,
    pub text: bool,
}

const VALID: &str = "modes are 'r', 'w', 'x' and 'a', with 'b' for bytes ('rb') or 't' for text";

impl Mode {
    pub fn parse(mode: &str) -> Result<Self, Error> {
        if mode.contains('+') {
            let message =
                format!("{mode:?} would read and write, but an object is read or written");
            return Err(Error::unsupported(format!("{message}; {VALID}")));
        }
        let wrong = || Error::unsupported(format!("there is no mode {mode:?}; {VALID}"));
        let (mut action, mut text) = (None, None);
        for letter in mode.chars() {
            let first = match letter {
                'r' => action.replace(Action::Read).is_none(),
                'w' => action.replace(Action::Write).is_none(),
                'x' => action.replace(Action::Create).is_none(),
                'a' => action.replace(Action::Append).is_none(),
                'b' => text.replace(false).is_none(),
                't' => text.replace(true).is_none(),
                _ => false,
            };
            if !first {
                return Err(wrong());
            }
        }
        let action = action.ok_or_else(wrong)?;
        Ok(Self { action, text: text.unwrap_or(true) })
    }

    pub fn writes(self) -> bool {
        self.action != Action::Read
    }

    /// The mode of the file of bytes, which is also below a file of text.
    pub fn binary(self) -> &'static str {
        match self.action {
            Action::Read => "rb",
            Action::Write => "wb",
            Action::Create => "xb",
            Action::Append => "ab",
        }
    }
}
