"""A scoring service for judges of kind "service". Put your model where `scores` is: python docs/score-service.py 8080"""

import base64
import io
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image


def scores(prompts: list[str], images: list[Image.Image]) -> list[float]:
    """How well each picture shows its prompt, 0..1. This one looks for light: its share of white."""
    return [sum(image.convert("L").resize((1, 1)).getdata()) / 255 for image in images]


class Service(BaseHTTPRequestHandler):
    """{"items": [{"prompt", "image": base64}]} -> {"scores": [number, or {"error": why}]}."""

    def do_POST(self) -> None:
        items = json.loads(self.rfile.read(int(self.headers["Content-Length"])))[
            "items"
        ]
        images = [
            Image.open(io.BytesIO(base64.b64decode(item["image"]))) for item in items
        ]
        answer = json.dumps(
            {"scores": scores([item["prompt"] for item in items], images)}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
