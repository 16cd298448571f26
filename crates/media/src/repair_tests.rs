//! The timestamp repair against what cameras really send.

use super::*;

const AUDIO: PacketKind = PacketKind::Audio;
const VIDEO: PacketKind = PacketKind::Video;

/// Times in milliseconds.
fn raw(pts: Option<i64>, dts: Option<i64>, arrival_ms: u64) -> RawTimes {
    RawTimes {
        pts: pts.map(|ms| ms * 1_000),
        dts: dts.map(|ms| ms * 1_000),
        duration: 0,
        arrival: Duration::from_millis(arrival_ms),
        key: false,
        picture_order: None,
    }
}

/// Presentation and decoding time in milliseconds.
fn repaired(repair: &mut TimestampRepair, kind: PacketKind, times: RawTimes) -> (i64, i64) {
    let Times { pts, dts } = repair.repair(kind, times);
    (pts.as_micros() / 1_000, dts.as_micros() / 1_000)
}

/// A camera of 25 pictures a second from now on: its clock shows `clock_ms` at `arrival_ms`.
fn run(repair: &mut TimestampRepair, clock_ms: i64, arrival_ms: u64, pictures: u64) -> Vec<i64> {
    let at = |n: u64| raw(Some(clock_ms + n as i64 * 40), Some(clock_ms + n as i64 * 40), arrival_ms + n * 40);
    (0..pictures).map(|n| repaired(repair, VIDEO, at(n)).1).collect()
}

#[test]
fn good_times_only_start_at_zero() {
    let mut repair = TimestampRepair::new(true, 0, 2);
    assert_eq!(run(&mut repair, 987_654, 0, 5), [0, 40, 80, 120, 160]);
}

#[test]
fn b_frames_without_decoding_times_get_them() {
    let mut repair = TimestampRepair::new(true, 2, 2);
    let shown = [0, 160, 80, 40, 120, 320, 240, 200, 280];
    let times: Vec<_> = shown
        .iter()
        .enumerate()
        .map(|(n, &pts)| repaired(&mut repair, VIDEO, raw(Some(pts), None, n as u64 * 40)))
        .collect();
    assert!(times.windows(2).all(|pair| pair[0].1 < pair[1].1), "{times:?}");
    assert!(times.iter().all(|(pts, dts)| dts <= pts), "{times:?}");
    let distances: Vec<_> = times.iter().zip(shown).map(|((pts, _), given)| pts - given).collect();
    assert!(distances.iter().all(|distance| *distance == distances[0]), "shown as the camera said: {times:?}");
}

#[test]
fn a_clock_that_jumps_ahead_or_back_is_closed_up() {
    for clock_ms in [3_600_000, -3_600_000, 0, i64::from(u32::MAX) / 90] {
        let mut repair = TimestampRepair::new(true, 0, 2);
        let mut times = run(&mut repair, 50_000, 0, 50);
        times.extend(run(&mut repair, clock_ms, 2_000, 50));
        let expected: Vec<_> = (0..100).map(|n| n * 40).collect();
        assert_eq!(times, expected, "{clock_ms}");
    }
}

#[test]
fn sound_goes_through_a_jump_with_the_picture() {
    let mut repair = TimestampRepair::new(true, 0, 2);
    let (mut video, mut audio) = (Vec::new(), Vec::new());
    for n in 0..200i64 {
        // The picture's clock is set at packet 100, the sound's two packets later.
        let clock = |jumped: bool| n * 40 + if jumped { -7_000_000 } else { 9_000_000 };
        let (seen, heard) = (clock(n >= 100), clock(n >= 102) + 13);
        video.push(repaired(&mut repair, VIDEO, raw(Some(seen), Some(seen), n as u64 * 40)).1);
        audio.push(repaired(&mut repair, AUDIO, raw(Some(heard), None, n as u64 * 40)).1);
    }
    for (n, (seen, heard)) in video.iter().zip(&audio).enumerate() {
        assert_eq!((*seen, *heard), (n as i64 * 40, n as i64 * 40 + 13));
    }
}

#[test]
fn bringing_sound_and_picture_together_moves_both() {
    let mut repair = TimestampRepair::new(true, 0, 2);
    for n in 0..50 {
        repaired(&mut repair, VIDEO, raw(Some(n * 40), Some(n * 40), n as u64 * 40));
        repaired(&mut repair, AUDIO, raw(Some(n * 40), None, n as u64 * 40));
    }
    // The first sender report says that the picture was 300 ms ahead.
    let video = repaired(&mut repair, VIDEO, raw(Some(50 * 40 - 300), Some(50 * 40 - 300), 2_000));
    let audio = repaired(&mut repair, AUDIO, raw(Some(50 * 40), None, 2_000));
    assert_eq!(video.1, 2_000);
    assert_eq!(audio.1, 2_300, "the sound belongs 300 ms after the picture of the same moment");
}

#[test]
fn lost_packets_leave_a_hole_and_a_stall_a_longer_one() {
    let mut repair = TimestampRepair::new(true, 0, 2);
    run(&mut repair, 0, 0, 25);
    assert_eq!(run(&mut repair, 4_000, 4_000, 1), [4_000]);
    assert_eq!(run(&mut repair, 64_000, 64_000, 1), [64_000]);
}

#[test]
fn equal_and_slightly_backward_times_rise() {
    let mut repair = TimestampRepair::new(true, 0, 2);
    let given = [0, 40, 40, 39, 80, 120];
    let times: Vec<_> =
        given.iter().map(|&ms| repaired(&mut repair, VIDEO, raw(Some(ms), Some(ms), ms as u64)).1).collect();
    assert_eq!(times, [0, 40, 41, 42, 80, 120]);
}

#[test]
fn packets_without_times_follow_the_pace_of_a_camera() {
    for interval_ms in [20u64, 40, 66, 200] {
        let mut repair = TimestampRepair::new(true, 0, 2);
        let times: Vec<_> =
            (0..500u64).map(|n| repaired(&mut repair, VIDEO, raw(None, None, n * interval_ms)).1).collect();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
        let drift = times[499] - 499 * interval_ms as i64;
        assert!(drift.abs() < 1_000, "{interval_ms} ms: {drift} ms off after {} s", 499 * interval_ms / 1_000);
    }
}

#[test]
fn packets_without_times_in_a_file_follow_their_length() {
    let mut repair = TimestampRepair::new(false, 0, 2);
    let at = RawTimes { duration: 33_000, ..raw(None, None, 0) };
    let times: Vec<_> = (0..4).map(|_| repaired(&mut repair, VIDEO, at).1).collect();
    assert_eq!(times, [0, 33, 66, 99]);
}

#[test]
fn whatever_comes_times_rise_and_never_pass_presentation() {
    // A cheap generator of nonsense; the seed makes a failure repeat.
    let mut state = 88_172_645_463_325_252u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut repair = TimestampRepair::new(true, 1, 2);
    let mut last = [i64::MIN; 2];
    for _ in 0..20_000 {
        let kind = if next() % 2 == 0 { VIDEO } else { AUDIO };
        let time = |value: u64| match value % 5 {
            0 => None,
            1 => Some(i64::MAX - 1),
            2 => Some(i64::MIN + 2),
            _ => Some((value % 1_000_000_000) as i64),
        };
        let given = RawTimes {
            pts: time(next()),
            dts: time(next()),
            duration: (next() % 100_000) as i64,
            arrival: Duration::from_millis(next() % 100_000),
            key: next() % 10 == 0,
            picture_order: Some((next() % 64) as i32),
        };
        let Times { pts, dts } = repair.repair(kind, given);
        let last = &mut last[usize::from(kind == AUDIO)];
        assert!(dts.as_micros() > *last && dts <= pts, "{given:?}: {pts:?} {dts:?} after {last}");
        *last = dts.as_micros();
    }
}
