//! How fast pictures are drawn: every camera of a world by day, in the evening and at night, at 1280x720, with about
//! ten actors before it. With a folder as argument it also writes each camera's first picture there.

use std::sync::Arc;
use std::time::Instant;

use iris_demo::picture::Renderer;
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
                let begin = hour * 3600.0;
                let shot = renderer.shoot_staged(begin, &crowd(&world, place, begin));
                let actors = shot.seen.len();
                if let Some(folder) = &folder {
                    write_png(shot.rgb, &format!("{folder}/{}-{hour}.png", camera.name))?;
                }
                let started = Instant::now();
                for picture in 1..=PICTURES {
                    let time = begin + Seconds::from(picture) / 25.0;
                    renderer.shoot_staged(time, &crowd(&world, place, time));
                }
                let milliseconds = started.elapsed().as_secs_f64() * 1e3 / f64::from(PICTURES);
                println!("{} at {hour} h: {milliseconds:.1} ms a picture, {actors} actors", camera.name);
            }
        }
    }
    Ok(())
}

fn crowd(world: &World, place: PlaceName, time: Seconds) -> Vec<Actor> {
    (0..MOMENTS).flat_map(|moment| world.at(place, time + Seconds::from(moment) * 61.0)).collect()
}

fn write_png(rgb: &[u8], path: &str) -> anyhow::Result<()> {
    let bytes = rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    let size = IntSize::from_wh(SIZE[0], SIZE[1]).expect("a picture has pixels");
    Pixmap::from_vec(bytes, size).expect("four bytes for each pixel").save_png(path)?;
    Ok(())
}
