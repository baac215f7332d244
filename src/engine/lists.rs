//! Lists by a number: one multiplication and mostly one look, and four allocations however many lists there are. Every
//! start of the program makes thousands of lists.

/// Entries by a number. Whoever can choose the numbers could make it slow, so they come from rules alone.
#[derive(Debug)]
pub(super) struct Lists<T> {
    /// A power of two, by a hash of the number, in the next free slot: the number, and where its entries begin and end.
    slots: Vec<Slot>,
    entries: Vec<T>,
}

/// The entries of a number; nothing where begin and end are equal.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    number: u32,
    start: u32,
    end: u32,
}

impl<T: Copy> Lists<T> {
    /// Of pairs of a number and an entry. The entries of a number keep their order.
    pub(super) fn new(pairs: &[(u32, T)]) -> Self {
        let mut made =
            Self { slots: vec![Slot::default(); (pairs.len() * 4).next_power_of_two()], entries: Vec::new() };
        // Counted first, so that the entries of a number stand together without a list for each.
        let mut slot_of = Vec::with_capacity(pairs.len());
        for (number, _) in pairs {
            let mut slot = made.first_slot(*number);
            while made.slots[slot].end != 0 && made.slots[slot].number != *number {
                slot = made.slot(slot + 1);
            }
            let found = &mut made.slots[slot];
            (found.number, found.end) = (*number, found.end + 1);
            slot_of.push(slot);
        }
        let mut start = 0;
        for slot in made.slots.iter_mut().filter(|slot| slot.end != 0) {
            (slot.start, start) = (start, start + slot.end);
            // From here on the end of what was put there.
            slot.end = slot.start;
        }
        if let Some((_, first)) = pairs.first() {
            made.entries = vec![*first; pairs.len()];
        }
        for ((_, entry), slot) in pairs.iter().zip(slot_of) {
            let end = &mut made.slots[slot].end;
            made.entries[*end as usize] = *entry;
            *end += 1;
        }
        made
    }

    /// The entries of a number.
    #[inline]
    pub(super) fn of(&self, number: u32) -> &[T] {
        let mut at = self.first_slot(number);
        loop {
            let slot = self.slots[at];
            if slot.end == 0 {
                return &[];
            }
            if slot.number == number {
                return &self.entries[slot.start as usize..slot.end as usize];
            }
            at = self.slot(at + 1);
        }
    }

    fn first_slot(&self, number: u32) -> usize {
        self.slot((number.wrapping_mul(0x85EB_CA6B) >> 16) as usize)
    }

    /// There are a power of two of them: no division.
    #[inline(always)]
    fn slot(&self, at: usize) -> usize {
        at & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_entries_in_their_order() {
        let pairs: Vec<(u32, usize)> = (0..3000).map(|i| ((i as u32 % 700).wrapping_mul(0x0101_0101), i)).collect();
        let lists = Lists::new(&pairs);
        for (number, _) in &pairs {
            let expected: Vec<usize> = pairs.iter().filter(|(n, _)| n == number).map(|(_, i)| *i).collect();
            assert_eq!(lists.of(*number), expected);
        }
        assert!(lists.of(5).is_empty());
        assert!(Lists::<u8>::new(&[]).of(0).is_empty());
    }
}
