"""What happens to an estimate between the model and whoever is told: pure, without a clock."""
