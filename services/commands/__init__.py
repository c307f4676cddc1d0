"""The commands of `wenxiao`, one file per subject; each loads what it needs when called."""
