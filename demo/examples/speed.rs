//! How fast pictures are drawn: every camera of a world by day, in the evening and at night, at 1280x720, with about
//! ten actors before it. Counts the processor's time, so that what else the machine does is left out. With a folder as
//! argument it also writes each camera's first picture there.

use std::sync::Arc;

use anyhow::Context as _;
use iris_demo::picture::{LIGHT_STANDS, Renderer};
use iris_demo::place::PlaceName;
use iris_demo::script::{Actor, Seconds, World, WorldSettings};
use tiny_skia::{IntSize, Pixmap};

const SIZE: [u32; 2] = [1280, 720];
const PICTURES: u32 = 100;
/// The script has few people in sight at a time: those of so many moments are put together.
const MOMENTS: u32 = 2;
const HOURS: [f64; 3] = [11.0, 17.5, 22.0];

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1);
    let world = Arc::new(World::new(1, WorldSettings { crowd: 10.0, ..WorldSettings::default() }));
    for place in PlaceName::ALL {
        for (index, camera) in world.place(place).cameras.iter().enumerate() {
            let mut renderer = Renderer::new(world.clone(), place, index, SIZE);
            for hour in HOURS {
                // The middle of a stretch of the same light.
                let begin = hour * 3600.0 + 0.2 * LIGHT_STANDS;
                let (staged, anew) = (crowd(&world, place, begin), begin + LIGHT_STANDS);
                let shot = renderer.shoot_staged(begin, &staged);
                let actors = shot.seen.len();
                if let Some(folder) = &folder {
                    write_png(shot.rgb, &format!("{folder}/{}-{hour}.png", camera.name))?;
                }
                let mut drawing_ms = 0.0;
                for picture in 0..PICTURES {
                    let time = begin + Seconds::from(picture) / 25.0;
                    drawing_ms += cost_ms(|| {
                        renderer.shoot_staged(time, &crowd(&world, place, time));
                    })?;
                }
                renderer.shoot_staged(begin, &staged);
                let same_ms = cost_ms(|| {
                    renderer.shoot_staged(begin, &staged);
                })?;
                let relit_ms = cost_ms(|| {
                    renderer.shoot_staged(anew, &staged);
                })?;
                let mean_ms = drawing_ms / f64::from(PICTURES);
                let relight_ms = relit_ms - same_ms;
                println!(
                    "{:12} at {hour:4} h: {mean_ms:5.1} ms a picture, {relight_ms:5.1} ms for new light, {actors} actors",
                    camera.name
                );
            }
        }
    }
    Ok(())
}

fn crowd(world: &World, place: PlaceName, time: Seconds) -> Vec<Actor> {
    (0..MOMENTS).flat_map(|moment| world.at(place, time + Seconds::from(moment) * 61.0)).collect()
}

/// How long this thread had a core for something.
fn cost_ms(of: impl FnOnce()) -> anyhow::Result<f64> {
    let before = on_core_ns()?;
    of();
    Ok((on_core_ns()? - before) as f64 / 1e6)
}

fn on_core_ns() -> anyhow::Result<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").context("read the time on a core (Linux)")?;
    text.split(' ').next().and_then(|ns| ns.parse().ok()).context("read the time on a core: no number")
}

fn write_png(rgb: &[u8], path: &str) -> anyhow::Result<()> {
    let bytes = rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    let size = IntSize::from_wh(SIZE[0], SIZE[1]).expect("a picture has pixels");
    Pixmap::from_vec(bytes, size).expect("four bytes for each pixel").save_png(path)?;
    Ok(())
}
