#!/usr/bin/python3
"""A camera for tests and for the demo: an RTSP server that plays films in an endless loop, in real time, without encoding them
again, what a command films, or a test pattern. Prints `port N` when it listens.

    rtsp_camera.py --file street.mp4
    rtsp_camera.py --port 8554 --stream street=street.mp4 --stream yard=yard.mp4 --audio aac
    rtsp_camera.py --port 8554 --command "hall=iris-demo live --camera hall"
    rtsp_camera.py --pattern testsrc --codec h265 --audio pcmu --user admin --password secret --protocols udp

Films are read by ffmpeg, which keeps the time stamps going from one round to the next; a command writes Matroska with H.264
and AAC to its standard output. Every mount is one such process, which runs while somebody watches. Needs Debian's python3-gi,
gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-{good,bad,ugly} and ffmpeg.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

# What ffmpeg makes of the film's sound, and how each kind is sent.
AUDIO_ARGUMENTS = {
    "aac": ["-c:a", "aac", "-ar", "48000", "-b:a", "96k"],
    "pcmu": ["-c:a", "pcm_mulaw", "-ar", "8000", "-ac", "1"],
    "opus": ["-c:a", "libopus", "-ar", "48000"],
    "copy": ["-c:a", "copy"],
    "none": ["-an"],
}
AUDIO_PAYLOADERS = {
    "aac": "aacparse ! rtpmp4gpay",
    "pcmu": "rtppcmupay",
    "opus": "opusparse ! rtpopuspay",
}
AUDIO_ENCODERS = {
    "aac": "audio/x-raw,rate=48000,channels=1 ! voaacenc ! aacparse ! rtpmp4gpay",
    "pcmu": "audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay",
    "opus": "audio/x-raw,rate=48000,channels=1 ! opusenc ! rtpopuspay",
}
# Parameter sets with every key frame, as cameras do it.
VIDEO_PAYLOADERS = {
    "h264": "h264parse config-interval=-1 ! rtph264pay config-interval=-1",
    "h265": "h265parse config-interval=-1 ! rtph265pay config-interval=-1",
}


def probe(film, kind):
    """The codec of the film's first stream of a kind, by ffmpeg's name; None without one."""
    command = ["ffprobe", "-v", "error", "-select_streams", kind + ":0", "-show_entries", "stream=codec_name", "-of", "csv=p=0"]
    found = subprocess.run(command + [film], capture_output=True, text=True, check=True).stdout.split()
    return found[0].rstrip(",") if found else None


def sound_of(film, wanted):
    """What to send for sound: the name of a payloader or None, and ffmpeg's arguments for it."""
    present = probe(film, "a")
    if wanted == "none" or present is None:
        return None, AUDIO_ARGUMENTS["none"]
    if wanted == present == "aac":
        return "aac", AUDIO_ARGUMENTS["copy"]
    return wanted, AUDIO_ARGUMENTS[wanted]


class ProcessFactory(GstRtspServer.RTSPMediaFactory):
    """Sends the Matroska that a process writes to its standard output. It runs while somebody watches, and is killed with all it started."""

    def __init__(self, command, codec, payload):
        super().__init__()
        self.command = command
        self.codec = codec
        self.payload = payload
        # Pictures of a camera do not wait for the second viewer.
        self.set_shared(True)

    def do_create_element(self, _url):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True)
        running.add(self.process)
        fd = self.process.stdout.fileno()
        queue = "queue max-size-time=0 max-size-buffers=0 max-size-bytes=33554432"
        launch = f"fdsrc fd={fd} do-timestamp=false ! matroskademux name=film"
        launch += f" film.video_0 ! {queue} ! {VIDEO_PAYLOADERS[self.codec]} name=pay0 pt=96"
        if self.payload:
            launch += f" film.audio_0 ! {queue} ! {AUDIO_PAYLOADERS[self.payload]} name=pay1 pt=97"
        return Gst.parse_launch(f"( {launch} )")

    def do_configure(self, media):
        GstRtspServer.RTSPMediaFactory.do_configure(self, media)
        media.connect("unprepared", self.stop, self.process)

    @staticmethod
    def stop(_media, process):
        kill(process)
        process.stdout.close()
        process.wait()


# What factories have started.
running = set()


def kill(process):
    """Ends a process and everything it has started, which is in a session of its own."""
    running.discard(process)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def film_factory(film, audio):
    """Plays one film in a loop."""
    codec = {"h264": "h264", "hevc": "h265"}.get(probe(film, "v"))
    if codec is None:
        sys.exit(f"{film}: neither H.264 nor H.265")
    payload, sound = sound_of(film, audio)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i", film]
    command += ["-map", "0:v:0", "-map", "0:a:0?", "-c:v", "copy", *sound]
    # Small clusters, each written at once: otherwise seconds pile up before the first byte.
    command += ["-f", "matroska", "-live", "1", "-cluster_time_limit", "20", "-flush_packets", "1", "pipe:1"]
    return ProcessFactory(command, codec, payload)


def command_factory(command):
    """Films by a command, given as for a shell."""
    return ProcessFactory(shlex.split(command), "h264", "aac")


def pattern_factory(pattern, codec, audio):
    """A moving pattern, encoded on the spot: 640x360 at 25 pictures a second, a key frame every 2 s."""
    encoder = {
        # One slice a picture: zero latency alone would send slices as packets of their own.
        "h264": "x264enc tune=zerolatency sliced-threads=false speed-preset=ultrafast key-int-max=50 bitrate=1000",
        "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=50 bitrate=1000",
    }[codec]
    shape = {"testsrc": "smpte", "ball": "ball"}[pattern]
    launch = f"videotestsrc is-live=true pattern={shape} ! video/x-raw,width=640,height=360,framerate=25/1,format=I420"
    launch += f" ! {encoder} ! {VIDEO_PAYLOADERS[codec]} name=pay0 pt=96"
    if audio != "none":
        launch += f" audiotestsrc is-live=true wave=ticks ! audioconvert ! audioresample ! {AUDIO_ENCODERS[audio]} name=pay1 pt=97"
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( {launch} )")
    factory.set_shared(True)
    return factory


def guard(server, options):
    """Asks for a password, talks TLS, or both."""
    auth = GstRtspServer.RTSPAuth()
    if options.tls_pem:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(options.tls_pem))
    if options.user:
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.user, options.password, token)
    else:
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth.set_default_token(token)
    server.set_auth(auth)


def mounts(options):
    """Path and factory of everything to be served."""
    for stream in options.stream:
        name, separator, film = stream.partition("=")
        if not separator:
            sys.exit(f"--stream wants NAME=FILE, not {stream}")
        yield "/" + name.strip("/"), film_factory(film, options.audio)
    for camera in options.command:
        name, separator, command = camera.partition("=")
        if not separator:
            sys.exit(f"--command wants NAME=COMMAND, not {camera}")
        yield "/" + name.strip("/"), command_factory(command)
    path = "/" + options.path.strip("/")
    if options.file:
        yield path, film_factory(options.file, options.audio)
    elif options.pattern or not (options.stream or options.command):
        yield path, pattern_factory(options.pattern or "testsrc", options.codec, options.audio)


def arguments():
    parser = argparse.ArgumentParser(description="An RTSP camera for tests and demos.")
    parser.add_argument("--address", default="127.0.0.1", help="where to listen")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--path", default="stream", help="mount of --file or --pattern")
    parser.add_argument("--file", help="film to loop, H.264 or H.265")
    parser.add_argument("--stream", action="append", default=[], metavar="NAME=FILE", help="further films, repeatable")
    parser.add_argument("--command", action="append", default=[], metavar="NAME=COMMAND", help="films live, repeatable")
    parser.add_argument("--pattern", choices=["testsrc", "ball"], help="a moving pattern instead of a film")
    parser.add_argument("--codec", choices=["h264", "h265"], default="h264", help="of the pattern; films keep theirs")
    parser.add_argument("--audio", choices=["aac", "pcmu", "opus", "none"], default="aac")
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--protocols", choices=["tcp", "udp", "both"], default="both")
    parser.add_argument("--tls-pem", help="certificate and key: serves rtsps only")
    return parser.parse_args()


def main():
    options = arguments()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address(options.address)
    server.set_service(str(options.port))
    guarded = bool(options.user or options.tls_pem)
    if guarded:
        guard(server, options)
    lower = GstRtsp.RTSPLowerTrans
    protocols = {"tcp": lower.TCP, "udp": lower.UDP, "both": lower.TCP | lower.UDP}[options.protocols]
    for path, factory in mounts(options):
        factory.set_protocols(protocols)
        # Sender reports say when a picture was "filmed".
        factory.set_latency(0)
        if guarded:
            factory.add_role_from_structure(Gst.Structure.new_from_string("viewer,media.factory.access=true,media.factory.construct=true"))
        server.get_mount_points().add_factory(path, factory)
    if server.attach(None) == 0:
        sys.exit(f"cannot listen on {options.address}:{options.port}")
    print(f"port {server.get_bound_port()}", flush=True)
    loop = GLib.MainLoop()
    for number in (signal.SIGINT, signal.SIGTERM):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    loop.run()
    for process in list(running):
        kill(process)
    # Leave at once, whatever GStreamer still waits for.
    os._exit(0)


if __name__ == "__main__":
    main()
