//! Ingest against a real bus and real RTSP cameras; the tests play the gateway and the detection node.

mod bus_away;
mod crops;
mod faulty_cameras;
mod full_disk;
mod hostile_cameras;
mod names;
mod nodes;
mod one_camera;
mod protocols;
mod rig;
mod sharing;
mod strange;
