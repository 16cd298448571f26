"""Trains the small models that Iris ships, on pictures of its own rendered world.

One command a model: `python -m training.detector --data DIR --out DIR`, and so on; README.md tells the rest. From the
pictures to the file: `labels` reads what the renderer wrote, `pictures` and `augment` make samples of it, `layers` is
what the networks are built of, `loop` trains, `scores` measures, `export` writes and checks the ONNX file, and `card`
writes down what came out.
"""
