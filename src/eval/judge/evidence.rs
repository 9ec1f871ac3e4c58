//! The rollouts of a run, in an order that does not depend on who wrote them when.

use std::collections::BTreeMap;

use crate::eval::record::{Class, RolloutId, RolloutRecord};

pub(super) struct Evidence<'a> {
    rollouts: BTreeMap<&'a RolloutId, &'a RolloutRecord>,
}

impl<'a> Evidence<'a> {
    /// Ids should be unique; of two with the same, the one with the worse class counts.
    pub fn new(records: &'a [RolloutRecord]) -> Self {
        let mut rollouts: BTreeMap<&RolloutId, &RolloutRecord> = BTreeMap::new();
        let rank = |record: &'a RolloutRecord| (record.class, &record.digest);
        for record in records {
            let known = rollouts.entry(&record.id).or_insert(record);
            if rank(record) > rank(known) {
                *known = record;
            }
        }
        Self { rollouts }
    }

    /// By task, axis, severity, seed.
    pub fn all(&self) -> impl Iterator<Item = (&'a RolloutId, &'a RolloutRecord)> {
        self.rollouts.iter().map(|(id, record)| (*id, *record))
    }

    /// The rollout of this id, if it says something about the policy.
    pub fn usable(&self, id: &RolloutId) -> Option<&'a RolloutRecord> {
        self.rollouts
            .get(id)
            .copied()
            .filter(|record| record.class.is_evidence())
    }

    pub fn len(&self) -> u64 {
        self.rollouts.len() as u64
    }

    /// Rollouts of this class.
    pub fn count(&self, class: Class) -> u64 {
        self.rollouts
            .values()
            .filter(|record| record.class == class)
            .count() as u64
    }

    /// Rollouts that are no evidence.
    pub fn unusable(&self) -> u64 {
        self.count(Class::PolicyServer) + self.count(Class::Simulator)
    }
}
