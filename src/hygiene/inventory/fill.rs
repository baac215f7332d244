//! What is known about the life of an item: from inventory files, and from the policy what that means today.

use super::super::moment;
use super::super::project::Project;
use super::{Item, Kind, Listed, State};

/// Takes over what inventory files say, which is more than what the repository shows; entries that mean nothing in it
/// become items of their own.
/// `narrowed` says that only some rules ran.
pub fn from_lists(items: &mut Vec<Item>, lists: &[Listed], narrowed: bool) {
    let seen = items.len();
    for entry in lists {
        let mut is_used = false;
        for item in items[..seen].iter_mut().filter(|item| item.is_meant_by(entry)) {
            is_used = true;
            take(item, entry);
        }
        if !is_used {
            let mut item = Item::named(Kind::Listed, entry.name.clone());
            item.sought = entry.fingerprint.is_none() || !narrowed;
            take(&mut item, entry);
            items.push(item);
        }
    }
}

fn take(item: &mut Item, entry: &Listed) {
    item.listed = true;
    item.provider = entry.provider.clone().or(item.provider.take());
    item.environment = entry.environment.clone().or(item.environment.take());
    item.owner = entry.owner.clone().or(item.owner.take());
    item.created = entry.created.or(item.created);
    // A value that came after the day that people noted is a rotation, too.
    item.rotated = item.rotated.max(entry.rotated);
    item.expires = entry.expires.or(item.expires);
}

/// Decides how it is with an item.
pub fn state(item: &mut Item, project: &Project<'_>) {
    let now = project.settings.now;
    let provider = item.provider.as_deref().and_then(|id| project.rules.provider(id));
    let path = item.places.first().map_or("", |(path, _)| path);
    let limits = project.settings.limits(provider, item.environment.as_deref(), path);
    let soon = i64::from(limits.expiring_soon_days) * moment::DAY;
    let age = item.age(now);
    item.state = match item.kind {
        _ if item.state == State::Past => State::Past,
        Kind::Listed if item.sought => State::Unused,
        Kind::Listed => State::Unknown,
        _ if item.expires.is_some_and(|end| end < now) => State::Expired,
        _ if age.is_some_and(|days| days > i64::from(limits.max_age_days)) => State::Overdue,
        _ if item.expires.is_some_and(|end| end - now <= soon) => State::Expiring,
        _ if age.is_none() && item.expires.is_none() => State::Unknown,
        _ => State::Current,
    };
}
