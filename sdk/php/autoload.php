<?php

declare(strict_types=1);

/* For projects without Composer: require this file instead of vendor/autoload.php. */
spl_autoload_register(static function (string $class): void {
    $prefix = 'Malote\\Receiver\\';
    if (!str_starts_with($class, $prefix)) {
        return;
    }
    $name = substr($class, strlen($prefix));
    $file = match (true) {
        str_starts_with($name, 'Events\\') => __DIR__ . '/generated/events.php',
        $name === 'Catalogue' => __DIR__ . '/generated/catalogue.php',
        default => __DIR__ . '/src/' . strtr($name, '\\', '/') . '.php',
    };
    if (is_file($file)) {
        require_once $file;
    }
});
