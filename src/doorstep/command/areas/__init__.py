"""Areas by idea: proposed and sealed, decided on advice, measured, kept, changed in part, compared and cut small."""
