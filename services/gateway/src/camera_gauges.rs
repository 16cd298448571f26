//! What Prometheus is told of each camera: the same as operators see. Reads what the gateway knows anyway.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use iris_domain::{CameraRecord, CameraStatus};
use iris_runtime::CancellationToken;

use crate::app::App;

/// Prometheus looks every 15 s or so.
const EVERY: Duration = Duration::from_secs(5);

/// How a camera is called in metrics: by its id, and by its name for whoever reads a dashboard.
type Labels = [(&'static str, String); 2];

/// Sets the gauges until told to stop.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut told = BTreeSet::new();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let cameras = app.cameras_known.load();
        let enabled = cameras.iter().filter(|camera| camera.enabled);
        let now: BTreeSet<Labels> = enabled.map(|camera| tell(&app, camera)).collect();
        // An exporter forgets no series. This is no number, so no alert compares it with one.
        told.difference(&now).for_each(|gone| set(gone, [f64::NAN; 4]));
        told = now;
    }
}

fn tell(app: &App, camera: &CameraRecord) -> Labels {
    let labels = [("camera_id", camera.id.to_string()), ("camera", camera.name.clone())];
    let condition = app.fleet.camera(camera);
    let online = if condition.status == CameraStatus::Online { 1.0 } else { 0.0 };
    let pictures = f64::from(condition.fps.unwrap_or(0.0));
    // No more than there are.
    let wanted = (1.0 / f64::from(camera.tuning.detect_interval)).min(pictures);
    set(&labels, [online, pictures, f64::from(condition.detect_fps.unwrap_or(0.0)), wanted]);
    labels
}

fn set(labels: &Labels, [online, pictures, judged, wanted]: [f64; 4]) {
    metrics::gauge!("iris_camera_online", labels).set(online);
    metrics::gauge!("iris_camera_pictures_per_second", labels).set(pictures);
    metrics::gauge!("iris_camera_judged_pictures_per_second", labels).set(judged);
    metrics::gauge!("iris_camera_wanted_pictures_per_second", labels).set(wanted);
}
