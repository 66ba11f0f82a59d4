"""The proof that nothing was altered: Merkle trees, tiles, signed notes, Ed25519. The verifier runs it, too."""
