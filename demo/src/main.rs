//! `iris-demo`: films of the demo world for cameras and tests, pictures for training.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use iris_demo::film::{self, Filming};
use iris_demo::script::{Identity, Seconds, World, WorldSettings};
use iris_demo::studio::{self, Order, Subject};
use iris_demo::truth::Class;

/// The demo world: films with the truth beside them.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Films with all cameras into a folder: NAME.mp4, NAME.truth.json and NAME.gt.txt (MOT) for each.
    Render {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        picture: Quality,
        /// Only with this camera; may be given several times.
        #[arg(long)]
        camera: Vec<String>,
        /// When to begin: HH:MM of the first day, or seconds since its midnight.
        #[arg(long, default_value = "10:00", value_parser = time_of_day)]
        start: Seconds,
        /// How long.
        #[arg(long, default_value_t = 60.0)]
        seconds: Seconds,
        /// Where to.
        #[arg(long)]
        out: PathBuf,
    },
    /// Films with one camera in real time: Matroska on the standard output.
    Live {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        picture: Quality,
        /// With which camera.
        #[arg(long)]
        camera: String,
        /// Seconds to add to the time since 1970 for the world's time; the same for all cameras of a world.
        #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
        offset: Seconds,
    },
    /// Takes single pictures for training, of many worlds, with labels.jsonl.
    Frames {
        /// From this seed up to, without, that one: 100..200.
        #[arg(long, value_parser = seeds)]
        seeds: Range<u64>,
        /// How many pictures in all.
        #[arg(long)]
        count: usize,
        /// Width and height in pixels.
        #[arg(long, default_value = "1280x720", value_parser = size)]
        size: [u32; 2],
        /// Where to.
        #[arg(long)]
        out: PathBuf,
    },
    /// Takes crops of many people's faces or bodies, or of vehicles, for training, with labels.jsonl.
    Studio {
        /// Of what.
        subject: Subject,
        #[command(flatten)]
        which: Which,
        /// How many of them.
        #[arg(long)]
        identities: usize,
        /// How often each.
        #[arg(long)]
        views: usize,
        /// Where to.
        #[arg(long)]
        out: PathBuf,
    },
    /// Says who appears in a world, and what its cameras are called.
    Cast {
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// Which world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Args)]
struct Quality {
    /// Pictures a second.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=60))]
    rate: u32,
    /// Width and height in pixels.
    #[arg(long, default_value = "1280x720", value_parser = size)]
    size: [u32; 2],
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Render { which, picture, camera, start, seconds, out } => {
            render(&world(&which), &picture, &camera, [start, seconds], &out)
        }
        Command::Live { which, picture, camera, offset } => {
            let world = world(&which);
            let filming = filming(&world, &picture, &camera)?;
            film::live(&world, filming, offset)
        }
        Command::Frames { seeds, count, size, out } => frames(seeds, count, size, &out),
        Command::Studio { subject, which, identities, views, out } => {
            make_folder(&out)?;
            let bar = bar((identities * views) as u64);
            studio::write(&Order { subject, seed: which.seed, identities, views }, &out, || bar.inc(1))?;
            bar.finish();
            Ok(())
        }
        Command::Cast { which } => {
            print_cast(&world(&which));
            Ok(())
        }
    }
}

fn world(which: &Which) -> Arc<World> {
    Arc::new(World::new(which.seed, WorldSettings::default()))
}

fn render(
    world: &Arc<World>,
    picture: &Quality,
    only: &[String],
    period: [Seconds; 2],
    out: &Path,
) -> anyhow::Result<()> {
    make_folder(out)?;
    let all = film::cameras(world).into_iter().map(|(_, _, name)| name.to_owned()).collect();
    let names: Vec<String> = if only.is_empty() { all } else { only.to_vec() };
    let filmings = names.iter().map(|name| Ok((name, filming(world, picture, name)?)));
    let filmings: Vec<(&String, Filming)> = filmings.collect::<anyhow::Result<_>>()?;
    let bar = bar((period[1] * f64::from(picture.rate)).round() as u64 * filmings.len() as u64);
    for (name, filming) in filmings {
        bar.set_message(name.clone());
        let file = out.join(format!("{name}.mp4"));
        film::render(world, filming, period, &file, || bar.inc(1))?.write(out)?;
    }
    bar.finish();
    Ok(())
}

fn frames(seeds: Range<u64>, count: usize, size: [u32; 2], out: &Path) -> anyhow::Result<()> {
    make_folder(out)?;
    let bar = bar(count as u64);
    iris_demo::frames::write(seeds, count, size, out, || bar.inc(1))?;
    bar.finish();
    Ok(())
}

fn print_cast(world: &World) {
    let cast = &world.cast;
    for (place, _, name) in film::cameras(world) {
        println!("camera {name} ({place:?})");
    }
    for (index, person) in cast.people.iter().enumerate() {
        let outfits: Vec<String> = person.outfits.iter().map(iris_demo::cast::Outfit::describe).collect();
        println!("person {index}: {:.2} m; {}", person.build.height, outfits.join("; or "));
    }
    for (index, vehicle) in cast.vehicles.iter().enumerate() {
        println!("car {index}: {}", vehicle.describe());
    }
    for index in 0..cast.animals.len() {
        println!("animal {index}: {:?}", Class::of(cast, Identity::Animal(index)));
    }
    println!("bicycles: {}", cast.bicycles.len());
}

fn filming(world: &World, picture: &Quality, name: &str) -> anyhow::Result<Filming> {
    let cameras = film::cameras(world);
    let Some(&(place, camera, _)) = cameras.iter().find(|(_, _, other)| *other == name) else {
        let names: Vec<&str> = cameras.iter().map(|(_, _, name)| *name).collect();
        bail!("there is no camera `{name}`; there are {}", names.join(", "));
    };
    Ok(Filming { place, camera, size: picture.size, fps: picture.rate })
}

fn make_folder(out: &Path) -> anyhow::Result<()> {
    let attempted = || format!("make the folder `{}`: choose with --out one that can be written", out.display());
    std::fs::create_dir_all(out).with_context(attempted)?;
    if std::fs::metadata(out).with_context(attempted)?.permissions().readonly() {
        bail!("write into the folder `{}`: it is read-only, choose another with --out", out.display());
    }
    Ok(())
}

fn bar(pictures: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} pictures, {per_sec}, {eta} left");
    ProgressBar::new(pictures).with_style(style.expect("the template is right"))
}

/// `10:30` or seconds.
fn time_of_day(text: &str) -> Result<Seconds, String> {
    let wrong = || format!("`{text}` is neither a time of day such as 10:30 nor seconds");
    let Some((hours, minutes)) = text.split_once(':') else { return text.parse().map_err(|_| wrong()) };
    let parse = |part: &str, below: u32| part.parse::<u32>().ok().filter(|&number| number < below).ok_or_else(wrong);
    Ok(f64::from(parse(hours, 24)? * 3600 + parse(minutes, 60)? * 60))
}

/// `1280x720`.
fn size(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once('x').and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    // H.264 stores colour for two by two pixels.
    let wanted = |side: &u32| (32..=4096).contains(side) && side.is_multiple_of(2);
    sides
        .filter(|sides| sides.iter().all(wanted))
        .ok_or_else(|| format!("`{text}` is no size such as 1280x720, with even sides of 32 to 4096 pixels"))
}

/// `100..200`.
fn seeds(text: &str) -> Result<Range<u64>, String> {
    let bounds = text.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    bounds.filter(|seeds| !seeds.is_empty()).ok_or_else(|| format!("`{text}` is no range of seeds such as 100..200"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_sizes_and_seeds_are_read_or_refused_with_an_example() {
        assert_eq!(time_of_day("10:30"), Ok(37_800.0));
        assert_eq!(time_of_day("90.5"), Ok(90.5));
        assert!(time_of_day("25:00").unwrap_err().contains("10:30"));
        assert_eq!(size("640x360"), Ok([640, 360]));
        assert!(size("641x360").unwrap_err().contains("1280x720"));
        assert_eq!(seeds("3..5"), Ok(3..5));
        assert!(seeds("5..5").is_err());
    }
}
