//! What else would keep a function plain if the first wall on its way were gone.

use super::group::{Plan, Seed};
use super::needs::Needs;
use super::outline::Obstacle;
use super::solve::Propagation;
use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;

/// How many functions are looked at for one seed.
const MAX_FUNCTIONS: usize = 400;

impl Propagation<'_> {
    /// Adds to every seed that stays the walls behind the first one: those that the functions have
    /// which would have to be lifted with it, up to the walls.
    pub fn look_beyond(&mut self, plan: &mut Plan, seed: &dyn Fn(usize) -> Seed) {
        for (at, blocked) in &mut plan.blocked {
            let seed = seed(*at);
            let Some(start) = self.node_of(&seed.path, seed.function) else {
                continue;
            };
            let mut seen = BTreeSet::from([start]);
            let mut open = VecDeque::from([start]);
            let mut found: BTreeSet<(PathBuf, usize, &'static str)> = BTreeSet::new();
            found.insert((blocked.path.clone(), blocked.line, blocked.obstacle.reason));
            while let Some(node) = open.pop_front() {
                let needs = self.all_needs(node);
                let late = self.nodes[node].late.clone();
                for (path, obstacle) in needs.walls.iter().chain(&late) {
                    let line = self.line(path, obstacle);
                    if found.insert((path.clone(), line, obstacle.reason)) {
                        let step = self.step(node);
                        blocked
                            .beyond
                            .push((step, path.clone(), line, obstacle.clone()));
                    }
                }
                for next in &needs.nodes {
                    if seen.len() < MAX_FUNCTIONS && seen.insert(*next) {
                        open.push_back(*next);
                    }
                }
            }
        }
    }

    /// What a function needs, though the way to it may have been left at a wall.
    fn all_needs(&mut self, node: usize) -> Rc<Needs> {
        if let Some(needs) = &self.nodes[node].needs {
            return Rc::clone(needs);
        }
        let mut own = self.own_walls(node);
        if own.is_empty() {
            own.extend(self.found_by_text(node));
        }
        let needs = if own.is_empty() {
            let definition = self.definition(node);
            let uses = self.project.uses_of(&[definition]).pop();
            uses.map(|uses| self.needs_of(node, &uses))
                .unwrap_or_default()
        } else {
            Needs {
                walls: own,
                ..Needs::default()
            }
        };
        let needs = Rc::new(needs);
        self.nodes[node].needs = Some(Rc::clone(&needs));
        needs
    }

    fn line(&mut self, path: &std::path::Path, obstacle: &Obstacle) -> usize {
        self.outline(path)
            .map_or(1, |outline| outline.line(obstacle.range.start()))
    }
}
