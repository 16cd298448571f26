//! Which ingest process watches which camera: rendezvous hashing, so that every process finds the same answer by itself and a process
//! that comes or goes moves only its own share. Driven by ingest; the lease on the bus has the last word.
//!
//! Cameras are dealt out to cells first, and in a cell to its processes: a camera whose process ends stays where its segments are as
//! long as the cell has another one. A cell keeps its name, so its cameras come back to it however its processes are called.

use std::collections::BTreeMap;

use crate::{CameraId, CellId, InstanceId};

/// The instance that should own the camera, of all there are with their cells; `None` when there are none.
pub fn owner(camera: CameraId, instances: &BTreeMap<InstanceId, CellId>) -> Option<&InstanceId> {
    let cell = instances.values().max_by_key(|cell| (weight(camera, cell.as_str()), *cell))?;
    let in_it = instances.iter().filter(|(_, its)| *its == cell).map(|(instance, _)| instance);
    in_it.max_by_key(|instance| (weight(camera, instance.as_str()), *instance))
}

/// FNV-1a (Fowler, Noll, Vo) over name and id, then the finaliser of SplitMix64 to spread neighbouring ids. Must be the same in every
/// process, so the standard library's hasher, which may change between releases, will not do.
fn weight(camera: CameraId, name: &str) -> u64 {
    let bytes = name.bytes().chain(camera.get().to_le_bytes());
    let fnv =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Instances, each written as `cell/instance`.
    fn instances(names: &[&str]) -> BTreeMap<InstanceId, CellId> {
        let parsed = names.iter().map(|name| name.split_once('/').unwrap());
        parsed.map(|(cell, name)| (InstanceId::new(name).unwrap(), CellId::new(cell).unwrap())).collect()
    }

    fn cameras() -> impl Iterator<Item = CameraId> {
        (1..=400).map(|id| CameraId::new(id).unwrap())
    }

    fn share(all: &BTreeMap<InstanceId, CellId>, counts: impl Fn(&InstanceId) -> bool) -> usize {
        cameras().filter(|camera| owner(*camera, all).is_some_and(&counts)).count()
    }

    #[test]
    fn cameras_are_shared_about_evenly_by_the_instances_of_a_cell_and_by_cells() {
        let one_cell = instances(&["cell/host-1a2b3c", "cell/host-1a2b3d", "cell/host-9f0e11", "cell/cellar"]);
        let each_its_own = instances(&["k3m/host-1a2b3c", "k3n/host-1a2b3d", "9f0e11/host-9f0e11", "cellar/cellar"]);
        for all in [one_cell, each_its_own] {
            for instance in all.keys() {
                let share = share(&all, |owner| owner == instance);
                assert!((70..=130).contains(&share), "{instance} has {share} of 400");
            }
        }
    }

    #[test]
    fn a_cell_of_two_instances_has_no_more_cameras_than_another() {
        let all = instances(&["north/a", "north/b", "south/c"]);
        let north = share(&all, |owner| owner.as_str() != "c");
        assert!((160..=240).contains(&north), "north has {north} of 400");
    }

    #[test]
    fn one_that_leaves_moves_only_its_own_cameras_and_none_to_another_cell() {
        let (before, after) = (instances(&["n/a", "n/b", "s/c"]), instances(&["n/a", "s/c"]));
        for camera in cameras() {
            let owned = owner(camera, &before).unwrap();
            let wanted = if owned.as_str() == "b" { "a" } else { owned.as_str() };
            assert_eq!(owner(camera, &after).unwrap().as_str(), wanted);
        }
    }

    #[test]
    fn an_instance_that_starts_under_another_name_has_the_same_cameras() {
        let (before, after) = (instances(&["n/a", "s/b"]), instances(&["n/z", "s/b"]));
        for camera in cameras() {
            let owned = owner(camera, &before).unwrap();
            let wanted = if owned.as_str() == "a" { "z" } else { "b" };
            assert_eq!(owner(camera, &after).unwrap().as_str(), wanted);
        }
    }
}
