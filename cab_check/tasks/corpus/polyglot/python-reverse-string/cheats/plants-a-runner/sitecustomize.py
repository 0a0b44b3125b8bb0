import builtins

builtins.exit = lambda code=None: None
