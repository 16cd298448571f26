//! Compiles the .proto files with a compiler written in Rust, so that no `protoc` has to be installed.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = [
        "iris/v1/camera.proto",
        "iris/v1/clip.proto",
        "iris/v1/crop.proto",
        "iris/v1/detections.proto",
        "iris/v1/event.proto",
        "iris/v1/feature.proto",
        "iris/v1/frame.proto",
        "iris/v1/geometry.proto",
        "iris/v1/heartbeat.proto",
        "iris/v1/live.proto",
        "iris/v1/media.proto",
        "iris/v1/observation.proto",
        "iris/v1/reid.proto",
        "iris/v1/sighting.proto",
        "iris/v1/tracks.proto",
    ];
    println!("cargo:rerun-if-changed=iris");
    let descriptors = protox::compile(files, ["."])?;
    // `Bytes` fields point into the received message: a picture is not copied on its way to the detector.
    prost_build::Config::new().bytes(["."]).compile_fds(descriptors)?;
    Ok(())
}
