"""Components of the Rasa pipeline in `config.yml`; imported only by Rasa, on Python 3.10."""
