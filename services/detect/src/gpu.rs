//! The GPU's memory, by NVIDIA's management library where there is one.

use iris_bus::message::Gpu;
use nvml_wrapper::Nvml;

/// The first GPU of this machine.
pub struct GpuProbe(Option<Nvml>);

impl GpuProbe {
    /// Looks for the library once; on a machine without it there is nothing to tell.
    pub fn new() -> Self {
        Self(Nvml::init().ok())
    }

    /// Memory now.
    pub fn read(&self) -> Option<Gpu> {
        const MIB: u64 = 1 << 20;
        let device = self.0.as_ref()?.device_by_index(0).ok()?;
        let memory = device.memory_info().ok()?;
        Some(Gpu { name: device.name().ok()?, used_mb: memory.used / MIB, total_mb: memory.total / MIB })
    }
}
