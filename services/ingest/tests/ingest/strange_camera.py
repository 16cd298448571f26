#!/usr/bin/python3
"""A camera for tests that sends exactly the bytes it is told to, at the pace of the footage, over HTTP or HTTPS; and a server that
answers HTTP and RTSP with what no camera should. Listens on 127.0.0.1.

    strange_camera.py --port 8080 --film street=4:day.ts,4:night.ts --pem both.pem

`/street` plays 4 s of day.ts, then 4 s of night.ts, again and again, bytes untouched: their clock jumps where the files join.
`/noise`, `/to-file`, `/list.m3u8` (HTTP) and `/rubbish`, `/endless`, `/broken` (RTSP) are what their names say; see below.
"""

import argparse
import os
import socketserver
import ssl
import time

# Pictures come every 40 ms; finer pacing would only cost the machine.
TICK_SECONDS = 0.04

SESSION = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track\r\n"

LIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile:///etc/passwd\n#EXTINF:2,\nfile:///etc/hosts\n#EXT-X-ENDLIST\n"


class Client(socketserver.StreamRequestHandler):
    """One connection of a viewer."""

    def handle(self):
        try:
            while line := self.rfile.readline().split():
                headers = self.headers()
                path = b"/" + line[1].split(b"?")[0].rsplit(b"/", 1)[-1]
                if line[0] == b"GET":
                    return self.web(path.decode())
                self.rtsp(line[0].decode(), path.decode(), headers)
        except OSError:
            pass  # The viewer has left.

    def headers(self):
        found = {}
        while (line := self.rfile.readline().strip()):
            name, _, value = line.decode(errors="replace").partition(":")
            found[name.lower()] = value.strip()
        return found

    def web(self, path):
        if path == "/to-file":
            return self.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")
        if path == "/list.m3u8":
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\nContent-Length: {len(LIST)}\r\n\r\n"
            return self.wfile.write(head.encode() + LIST)
        takes = self.server.films.get(path)
        if takes is None and path != "/noise":
            return self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n")
        while takes is None:
            self.wfile.write(os.urandom(65536))
        # As of a live camera: who comes back sees the take that is on, if from its beginning.
        while True:
            on = self.server.on.setdefault(path, 0)
            self.play(*takes[on])
            self.server.on[path] = (on + 1) % len(takes)

    def play(self, seconds, data):
        began, sent = time.monotonic(), 0
        while sent < len(data):
            due = min(len(data), int(len(data) * (time.monotonic() - began) / seconds))
            self.wfile.write(data[sent:due])
            sent = due
            time.sleep(TICK_SECONDS)

    def rtsp(self, method, path, headers):
        head = f"RTSP/1.0 200 OK\r\nCSeq: {headers.get('cseq', '1')}\r\nSession: 1\r\n".encode()
        if path == "/endless":
            # A line that never ends.
            while True:
                self.wfile.write(b"x" * 65536)
        if method == "DESCRIBE":
            body = SESSION if path == "/broken" else os.urandom(400)
            head += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            return self.wfile.write(head + body)
        if method == "SETUP":
            head += b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        self.wfile.write(head + b"\r\n")
        while method == "PLAY":
            # No packet begins here, or one of a wrong length does.
            self.wfile.write(os.urandom(65536))


class Server(socketserver.ThreadingTCPServer):
    """A thread for every viewer."""

    allow_reuse_address = True
    daemon_threads = True


def takes(text):
    for part in text.split(","):
        seconds, _, file = part.partition(":")
        with open(file, "rb") as film:
            yield float(seconds), film.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--film", action="append", default=[], metavar="NAME=SECONDS:FILE,...")
    parser.add_argument("--pem", help="certificate and key: serves HTTPS")
    options = parser.parse_args()
    server = Server(("127.0.0.1", options.port), Client)
    server.on = {}
    server.films = {"/" + name: list(takes(rest)) for name, _, rest in (film.partition("=") for film in options.film)}
    if options.pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.pem)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


if __name__ == "__main__":
    main()
