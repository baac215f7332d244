//! The terminal: takes it over, draws, hands on what is pressed, and gives it back whatever happens.

use super::draw::{Look, draw};
use super::state::{Leave, Press, Triage};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::io;

/// The terminal, until it is dropped.
#[derive(Debug)]
pub struct Screen {
    terminal: DefaultTerminal,
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = ratatui::try_restore();
    }
}

/// Takes the terminal over.
///
/// # Errors
///
/// It cannot be had.
pub fn open() -> io::Result<Screen> {
    // Its own hook for panics would print what they say, and that may quote a scanned text.
    let hook = std::panic::take_hook();
    let terminal = ratatui::try_init();
    std::panic::set_hook(hook);
    Ok(Screen { terminal: terminal? })
}

/// Draws and listens until the person leaves.
///
/// # Errors
///
/// The terminal is gone.
pub fn run(screen: &mut Screen, triage: &mut Triage, look: Look) -> io::Result<Leave> {
    loop {
        screen.terminal.draw(|frame| draw(triage, look, frame))?;
        let Event::Key(key) = event::read()? else { continue };
        if let Some(leave) = press(key).and_then(|key| triage.press(key)) {
            return Ok(leave);
        }
    }
}

fn press(key: KeyEvent) -> Option<Press> {
    // Some terminals tell of releases, too.
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char('c') if with_control => Press::Stop,
        KeyCode::Char('u') if with_control => Press::Clear,
        KeyCode::Char('h') if with_control => Press::Backspace,
        KeyCode::Char(_) if with_control => return None,
        KeyCode::Char(letter) => Press::Char(letter),
        KeyCode::Enter => Press::Enter,
        KeyCode::Esc => Press::Escape,
        KeyCode::Backspace => Press::Backspace,
        KeyCode::Up => Press::Up,
        KeyCode::Down | KeyCode::Tab => Press::Down,
        KeyCode::PageUp => Press::PageUp,
        KeyCode::PageDown => Press::PageDown,
        KeyCode::Home => Press::Home,
        KeyCode::End => Press::End,
        _ => return None,
    })
}
