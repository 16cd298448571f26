//! Which ingest process watches which camera: rendezvous hashing, so that every process finds the same answer by itself and a process
//! that comes or goes moves only its own share. Driven by ingest; the lease on the bus has the last word.

use crate::{CameraId, InstanceId};

/// The instance that should own the camera; `None` when there are no instances.
pub fn owner<'a>(camera: CameraId, instances: impl IntoIterator<Item = &'a InstanceId>) -> Option<&'a InstanceId> {
    instances.into_iter().max_by_key(|instance| (weight(camera, instance), *instance))
}

/// FNV-1a (Fowler, Noll, Vo) over name and id, then the finaliser of SplitMix64 to spread neighbouring ids. Must be the same in every
/// process, so the standard library's hasher, which may change between releases, will not do.
fn weight(camera: CameraId, instance: &InstanceId) -> u64 {
    let bytes = instance.as_str().bytes().chain(camera.get().to_le_bytes());
    let fnv =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instances(names: &[&str]) -> Vec<InstanceId> {
        names.iter().map(|name| InstanceId::new(*name).unwrap()).collect()
    }

    fn cameras() -> impl Iterator<Item = CameraId> {
        (1..=400).map(|id| CameraId::new(id).unwrap())
    }

    #[test]
    fn the_order_in_which_instances_are_known_does_not_matter() {
        let (one, other) = (instances(&["a", "b", "c"]), instances(&["c", "a", "b"]));
        assert!(cameras().all(|camera| owner(camera, &one) == owner(camera, &other)));
    }

    #[test]
    fn cameras_are_shared_about_evenly() {
        let all = instances(&["host-1a2b3c", "host-1a2b3d", "host-9f0e11", "cellar"]);
        for instance in &all {
            let share = cameras().filter(|camera| owner(*camera, &all) == Some(instance)).count();
            assert!((70..=130).contains(&share), "{instance} has {share} of 400");
        }
    }

    #[test]
    fn one_that_leaves_moves_only_its_own_cameras() {
        let (before, after) = (instances(&["a", "b", "c"]), instances(&["a", "c"]));
        for camera in cameras() {
            let owned = owner(camera, &before).unwrap();
            assert!(owned.as_str() == "b" || owner(camera, &after) == Some(owned));
        }
    }
}
