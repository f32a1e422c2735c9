//! The names of a module with what mentions and what binds each, in a few long lists.

use super::super::tree::NodeId;
use super::{Binding, ScopeId};
use std::ops::Range;

/// Names by their numbers, which go up in the order in which names are met.
#[derive(Default)]
pub(super) struct Numbers<'a> {
    spelled: Vec<&'a str>,
    /// The hash of each.
    hashes: Vec<u32>,
    /// A table that is never full: one more than the number of a name, at the place of its hash or
    /// at the next ones. There are two to the power of something places.
    places: Vec<u32>,
}

impl<'a> Numbers<'a> {
    /// The number of a name that is met.
    #[inline]
    fn of(&mut self, name: &'a str) -> u32 {
        if self.spelled.len() * 2 >= self.places.len() {
            self.grow();
        }
        let hash = hash(name.as_bytes());
        match self.find(name, hash) {
            Ok(number) => number,
            Err(place) => {
                self.spelled.push(name);
                self.hashes.push(hash);
                let count = number(self.spelled.len());
                self.places[place] = count;
                count - 1
            }
        }
    }

    /// The number of a name that has been met.
    fn get(&self, name: &str) -> Option<u32> {
        if self.places.is_empty() {
            return None;
        }
        self.find(name, hash(name.as_bytes())).ok()
    }

    /// The number of a name, or where its place is.
    #[inline]
    fn find(&self, name: &str, hash: u32) -> Result<u32, usize> {
        let last = self.places.len() - 1;
        let mut place = hash as usize & last;
        loop {
            let Some(number) = self.places[place].checked_sub(1) else {
                return Err(place);
            };
            if self.hashes[number as usize] == hash && self.spelled[number as usize] == name {
                return Ok(number);
            }
            place = (place + 1) & last;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let count = (self.places.len() * 2).max(64);
        self.places.clear();
        self.places.resize(count, 0);
        for (number, hash) in (1u32..).zip(&self.hashes) {
            let mut place = *hash as usize & (count - 1);
            while self.places[place] > 0 {
                place = (place + 1) & (count - 1);
            }
            self.places[place] = number;
        }
    }
}

/// Hashes a name, which is short, in a few steps.
#[inline]
fn hash(bytes: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, part: u64| (hash.rotate_left(26) ^ part).wrapping_mul(FACTOR);
    let mut hash = bytes.len() as u64;
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        for part in bytes[8..].as_chunks::<8>().0 {
            hash = mix(hash, u64::from_le_bytes(*part));
        }
        hash = mix(hash, u64::from_le_bytes(*first));
        hash = mix(hash, u64::from_le_bytes(*last));
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        hash = mix(hash, u64::from(first) << 32 | u64::from(last));
    } else if let (Some(first), Some(last)) = (bytes.first(), bytes.last()) {
        let middle = bytes[bytes.len() / 2];
        let part = u64::from(*first) << 16 | u64::from(middle) << 8 | u64::from(*last);
        hash = mix(hash, part);
    }
    (hash >> 32) as u32
}

/// The names of a module, by numbers.
#[derive(Default)]
pub(in crate::syntax) struct Names<'a> {
    numbers: Numbers<'a>,
    /// The `Name` nodes of each name, in source order.
    mentions: Lists<NodeId>,
    /// The scopes that bind each name or declare that it is bound elsewhere, outermost first.
    homes: Lists<Home>,
    /// The places among the homes, for each scope.
    by_scope: Lists<u32>,
    /// The bindings of the first home, then those of the second, and so on.
    bindings: Vec<Binding>,
}

/// A scope that binds a name.
#[derive(Clone, Copy)]
struct Home {
    scope: ScopeId,
    name: u32,
    /// The places of its bindings; none where it is only declared that it is bound elsewhere.
    first: u32,
    end: u32,
}

impl Home {
    fn binds(self) -> bool {
        self.first < self.end
    }

    fn places(self) -> Range<usize> {
        self.first as usize..self.end as usize
    }
}

/// Lists one behind the other.
struct Lists<T> {
    all: Vec<T>,
    /// Where each begins, and where the last one ends.
    starts: Vec<u32>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            starts: Vec::new(),
        }
    }
}

impl<T: Copy> Lists<T> {
    /// So many lists of the items for which their numbers stand; the order in each is kept.
    fn of(count: usize, items: &[(u32, T)]) -> Self {
        let Some((_, any)) = items.first() else {
            return Self::default();
        };
        let mut starts = vec![0; count + 1];
        for (list, _) in items {
            starts[*list as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut all = vec![*any; items.len()];
        for (list, item) in items {
            let next = &mut next[*list as usize];
            all[*next as usize] = *item;
            *next += 1;
        }
        Self { all, starts }
    }

    fn get(&self, list: u32) -> &[T] {
        match self.starts.get(list as usize..list as usize + 2) {
            Some(&[start, end]) => &self.all[start as usize..end as usize],
            _ => &[],
        }
    }

    fn get_mut(&mut self, list: u32) -> &mut [T] {
        match self.starts.get(list as usize..list as usize + 2) {
            Some(&[start, end]) => &mut self.all[start as usize..end as usize],
            _ => &mut [],
        }
    }
}

/// Collects the names of a module.
#[derive(Default)]
pub(super) struct Collector<'a> {
    numbers: Numbers<'a>,
    mentions: Vec<(u32, NodeId)>,
    /// What binds which name in which scope; nothing where it is bound elsewhere.
    bindings: Vec<(u32, ScopeId, Option<Binding>)>,
}

fn number(at: usize) -> u32 {
    u32::try_from(at).expect("fewer than 2^32 names in a file")
}

impl<'a> Collector<'a> {
    /// The number of a name.
    pub(super) fn name(&mut self, name: &'a str) -> u32 {
        self.numbers.of(name)
    }

    /// The name with a number.
    pub(super) fn spelled(&self, name: u32) -> &'a str {
        self.numbers.spelled[name as usize]
    }

    /// A `Name` node; they come in source order. The number of its name.
    #[inline]
    pub(super) fn mention(&mut self, name: &'a str, node: NodeId) -> u32 {
        let name = self.numbers.of(name);
        self.mentions.push((name, node));
        name
    }

    /// A binding; those of one name in one scope come in source order.
    pub(super) fn bind(&mut self, name: u32, scope: ScopeId, binding: Binding) {
        self.bindings.push((name, scope, Some(binding)));
    }

    /// A scope declares that a name is bound elsewhere.
    pub(super) fn declare(&mut self, name: &'a str, scope: ScopeId) {
        let name = self.numbers.of(name);
        self.bindings.push((name, scope, None));
    }

    pub(super) fn finish(mut self, scopes: usize) -> Names<'a> {
        let count = self.numbers.spelled.len();
        let all = self.bindings.iter().enumerate();
        let places: Vec<(u32, u32)> = all.map(|(at, (name, ..))| (*name, number(at))).collect();
        // By name, by scope, and in the order in which they came.
        let mut order = Lists::of(count, &places);
        for name in 0..number(count) {
            let scope = |at: &u32| self.bindings[*at as usize].1;
            let places = order.get_mut(name);
            if !places.is_sorted_by_key(scope) {
                places.sort_by_key(scope);
            }
        }
        let mut bindings = Vec::with_capacity(places.len());
        let mut homes: Vec<(u32, Home)> = Vec::new();
        for at in order.all {
            let (name, scope, binding) = &mut self.bindings[at as usize];
            let (name, scope, binding) = (*name, *scope, binding.take());
            let known = homes.last_mut();
            let known = known.filter(|(other, home)| (*other, home.scope) == (name, scope));
            let first = number(bindings.len());
            bindings.extend(binding);
            let end = number(bindings.len());
            match known {
                Some((_, home)) => home.end = end,
                None => homes.push((
                    name,
                    Home {
                        scope,
                        name,
                        first,
                        end,
                    },
                )),
            }
        }
        let places = homes.iter().enumerate();
        let by_scope: Vec<(u32, u32)> = places
            .map(|(at, (_, home))| (home.scope.0, number(at)))
            .collect();
        Names {
            mentions: Lists::of(count, &self.mentions),
            homes: Lists::of(count, &homes),
            by_scope: Lists::of(scopes, &by_scope),
            numbers: self.numbers,
            bindings,
        }
    }
}

impl<'a> Names<'a> {
    fn homes(&self, name: &str) -> &[Home] {
        let number = self.numbers.get(name);
        number.map_or(&[], |number| self.homes.get(number))
    }

    /// The `Name` nodes with an identifier, in source order.
    pub(super) fn mentions(&self, name: &str) -> &[NodeId] {
        let number = self.numbers.get(name);
        number.map_or(&[], |number| self.mentions.get(number))
    }

    /// Every name with its `Name` nodes.
    pub(super) fn all_mentions(&self) -> impl Iterator<Item = (&'a str, &[NodeId])> {
        let all = (0u32..).zip(&self.numbers.spelled);
        all.map(|(number, name)| (*name, self.mentions.get(number)))
    }

    /// The scopes that bind a name or declare that it is bound elsewhere, outermost first, and
    /// whether they bind it.
    pub(super) fn scopes(&self, name: &str) -> Scopes<'_> {
        Scopes(self.homes(name))
    }

    /// The bindings of a name in one scope, in source order.
    pub(super) fn bindings(&self, scope: ScopeId, name: &str) -> &[Binding] {
        let homes = self.homes(name);
        let home = homes.binary_search_by_key(&scope, |home| home.scope);
        home.map_or(&[], |at| &self.bindings[homes[at].places()])
    }

    /// The names that a scope binds, with their bindings.
    pub(super) fn of_scope(&self, scope: ScopeId) -> impl Iterator<Item = (&'a str, &[Binding])> {
        let homes = self.by_scope.get(scope.0).iter();
        let homes = homes.map(|at| self.homes.all[*at as usize]);
        homes.filter(|home| home.binds()).map(|home| {
            let name = self.numbers.spelled[home.name as usize];
            (name, &self.bindings[home.places()])
        })
    }
}

/// The scopes that have to do with one name.
#[derive(Clone, Copy)]
pub(super) struct Scopes<'n>(&'n [Home]);

impl<'n> Scopes<'n> {
    /// Those that bind it, outermost first.
    pub(super) fn binding(self) -> impl Iterator<Item = ScopeId> + 'n {
        let homes = self.0.iter().filter(|home| home.binds());
        homes.map(|home| home.scope)
    }

    pub(super) fn binds(self, scope: ScopeId) -> bool {
        let home = self.0.binary_search_by_key(&scope, |home| home.scope);
        home.is_ok_and(|at| self.0[at].binds())
    }

    /// The only one, if there is just one.
    pub(super) fn only(self) -> Option<ScopeId> {
        match self.0 {
            [only] => Some(only.scope),
            _ => None,
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}
